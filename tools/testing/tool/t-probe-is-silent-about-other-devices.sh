# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
truncate -s 1M image
expect 3 fvd probe --export image
[ ! -s out ] && [ ! -s err ] || fail "it said something"
