# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# A bit set in the text is an image that checks.
fvd create image --size 4M
edit image '/^checksum 0/i bitmap 0 page 0 ones\n\t7+2'
expect 0 fvd check image
is "$(value image_blocks image)" 2
