# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
expect 1 fvd create image --base nowhere
says 'nowhere: No such file'
[ ! -e image ] || fail "a file was made"
