# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
make_base base 16M
fvd create image --base base --label 'a "label" \ of mine'
round_trip image
