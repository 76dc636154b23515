# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
fvd create image --size 2G
at=$(fvd dump image | awk '$1 == "layout" { print $5 }')
for page in 1 5 15; do
	flip image $((at + page * 4096))
done
expect 4 fvd check --json image
is "$(json problems_found <out)" 3
