# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
fvd create image --size 4M
edit image '/^checksum 0/i bitmap 0 page 0 ones\n\t1024+1'
expect 4 fvd check image
says 'bit 1024' out
