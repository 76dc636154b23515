# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
make_dirty image
expect 0 fvd info image
for word in UUID 'layout:  *compact' 'disk size:  *16 MiB (16777216 bytes)' \
	'cleanly closed:  *no' 'chunks used:  *1 of 16' \
	'journal to replay:  *2 blocks'; do
	says "$word" out
done
