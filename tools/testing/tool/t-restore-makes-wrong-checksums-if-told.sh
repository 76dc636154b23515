# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
fvd create image --size 4M
edit image 's/^\t0 slot 0 crc auto/\t0 slot 0 crc 0x00000001/'
expect 4 fvd check image
says 'expected 00000001' out
