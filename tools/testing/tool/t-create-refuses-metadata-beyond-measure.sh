# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
expect 2 fvd create image --size 4E
says 'expected'
[ ! -e image ] || fail "a file was made"
