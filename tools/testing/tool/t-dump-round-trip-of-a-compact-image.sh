# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
make_base base 16M
fvd create image --base base --compact
edit image 's/^table 0 page 0 fill ff/table 0 page 0 entries\n\t7+5 zero 2 0 empty*1016/
	/^table 0/i bitmap 0 page 0 ones\n\t0+3 100+200 1000+1'
round_trip image
expect 0 fvd check image
