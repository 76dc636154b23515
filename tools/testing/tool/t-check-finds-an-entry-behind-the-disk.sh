# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
fvd create image --size 4M --compact
edit image 's/^table 0 page 0 fill ff/table 0 page 0 entries\n\tempty*4 zero empty*1019/'
expect 4 fvd check image
says 'table entry 4' out
