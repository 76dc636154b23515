# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
fvd create image --size 4M
uuid=$(value uuid image)
expect 4 fvd create image --size 4M
says "$uuid"
is "$(value uuid image)" "$uuid"
fvd create image --size 4M --force
[ "$(value uuid image)" != "$uuid" ] || fail "the same image"
