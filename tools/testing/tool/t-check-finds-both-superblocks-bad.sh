# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
fvd create image --size 4M
flip image 3000
flip image $((65536 + 3000))
cp image before
expect 4 fvd check --repair image
says 'checksum' out
cmp image before || fail "something was written"
