# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# 1 TiB: larger blocks, so that the bitmap stays at 4 MiB.
fvd create image --size 1T --compact
is "$(value block_size_bytes image)" 32768
expect 0 fvd check image
[ "$(du -k image | cut -f1)" -lt 16384 ] || fail "the file is large"
