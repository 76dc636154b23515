# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
fvd create image --size 4M --compact
edit image 's/^table 0 page 0 fill ff/table 0 page 0 entries\n\t1 3 1 empty*1021/'
expect 4 fvd check --repair image
says 'used twice' out
