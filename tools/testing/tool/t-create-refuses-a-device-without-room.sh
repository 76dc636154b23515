# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
make_base base 16M
truncate -s 2M image
expect 1 fvd create image --base base
says 'expected at least'
is "$(tr -d '\0' <image | wc -c)" 0
