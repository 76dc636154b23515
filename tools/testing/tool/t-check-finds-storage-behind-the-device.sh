# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
fvd create image --size 4M --compact
edit image 's/^table 0 page 0 fill ff/table 0 page 0 entries\n\t4 empty*1023/'
expect 4 fvd check image
says 'stored at 4, expected below 4' out
