# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
fvd create image --size 4M
fvd create other --size 4M
dd if=other of=image bs=4096 count=1 seek=16 skip=16 conv=notrunc status=none
expect 4 fvd check image
says 'another image' out
expect 1 fvd check --repair image
expect 0 fvd check image
