# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
golden g05-datafile
for target in "$image" "$base" "$data"; do
	sum=$(sha256sum "$target")
	expect 4 fvd convert --force --base "$base" --data "$data" "$image" "$target"
	says 'is given as the target and as part of the source'
	is "$(sha256sum "$target")" "$sum"
done
