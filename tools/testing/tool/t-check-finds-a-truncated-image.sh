# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
make_base base 16M
fvd create image --base base
truncate -s 10M image
expect 4 fvd check image
says 'has 10485760 bytes, expected at least 18874368' out
truncate -s 1M image
expect 4 fvd check image
truncate -s 100K image
expect 4 fvd check image
truncate -s 0 image
expect 4 fvd check image
