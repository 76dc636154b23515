# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# The writes 9 to 13 of the manifest, in blocks of 4096 bytes.
golden g07-dirty-bitmap
poke "$image" 4300 I 1
expect 4 fvd check "$image"
for at in 98304 110592 122880 135168 147456; do
	says "	4096 bytes at $at\$" out
done
is "$(grep -c 'bytes at' out)" 5
expect 4 fvd check --json "$image"
is "$(python3 -c 'import json, sys
print(json.load(sys.stdin)["problems"][0]["ranges"][0])' <out)" '[98304, 4096]'
