# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
setup_open 32M
fvd create "$image" --base "$base"
cp base moved
loop moved
losetup -d "$base"
loops=("${loops[@]:1}")
expect 3 fvd open disk "$image"
says 'base'
fvd open disk "$image" --base "$device"
is "$(read_golden /dev/mapper/disk)" golden
