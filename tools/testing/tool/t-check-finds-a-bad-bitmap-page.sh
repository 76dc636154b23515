# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# A page has no second copy: found, not repaired, not touched.
fvd create image --size 4M
at=$(fvd dump image | awk '$1 == "layout" { print $5 }')
flip image $((at + 100))
cp image before
expect 4 fvd check --repair image
says 'bitmap page 0' out
cmp image before || fail "something was written"
expect 3 fvd info image
says 'bitmap page 0'
