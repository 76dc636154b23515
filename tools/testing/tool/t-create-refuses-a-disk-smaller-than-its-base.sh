# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
make_base base 16M
expect 4 fvd create image --base base --size 8M
says '16777216'
[ ! -e image ] || fail "a file was made"
