# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
make_dirty image
for bytes in 1500000 1196032 500000 131072 70000 66000 5000 0; do
	truncate -s $bytes image
	round_trip image
done
