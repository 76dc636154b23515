# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# Metadata in the image, the raw disk on the other one.
make_base base 16M
truncate -s 16M data
fvd create image --base base --data data
is "$(value data_offset_bytes image)" 0
is "$(value data image)" "$PWD/data"
[ "$(stat -c %s image)" -lt 2097152 ] || fail "the image is large"
expect 0 fvd check image
truncate -s 15M small
expect 1 fvd create image2 --base base --data small
says '16777216'
