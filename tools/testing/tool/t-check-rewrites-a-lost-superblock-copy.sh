# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
fvd create image --size 4M
uuid=$(value uuid image)
dd if=/dev/zero of=image bs=4096 count=1 conv=notrunc status=none
expect 4 fvd check image
expect 1 fvd check --repair image
is "$(value uuid image)" "$uuid"
is "$(value superblock_copy image)" 0
