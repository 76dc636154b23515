# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
setup_open 4M
truncate -s 16M data
loop data
fvd create "$image" --base "$base" --data "$device"
fvd open disk "$image"
is "$(read_golden /dev/mapper/disk)" golden
