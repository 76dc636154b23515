# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
make_dirty image
edit image 's/blocks 516+4/blocks 5160000+4/'
cp image before
expect 4 fvd check --repair image
says 'journal block 1' out
says '5160000' out
cmp image before || fail "something was written"
expect 3 fvd info image
