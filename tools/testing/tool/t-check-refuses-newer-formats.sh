# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
fvd create image --size 4M
edit image 's/^\tversion 3/\tversion 4/'
expect 4 fvd check image
says 'version is 4, expected 3' out
expect 3 fvd info image
edit image 's/^\tversion 4/\tversion 3/
	s/feature_incompat 0x0000000000000000/feature_incompat 0x0000000000000100/'
expect 4 fvd check image
says 'features 100' out
