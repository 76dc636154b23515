# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
setup_open 32M
fvd create "$image" --base "$base"
truncate -s 15M small
loop small
expect 3 fvd open disk "$image" --base "$device"
says 'has 15728640 bytes, expected at least 16777216'
