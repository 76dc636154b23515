# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
fvd create image --size 4M
cp image before
expect 0 fvd check image
says 'clean' out
expect 0 fvd check --repair image
cmp image before || fail "a repair of nothing wrote something"
