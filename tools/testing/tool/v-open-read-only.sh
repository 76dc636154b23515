# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
setup_open 32M
fvd create "$image" --base "$base"
sync
sum=$(md5sum <image)
fvd open disk "$image" --read-only
is "$(blockdev --getro /dev/mapper/disk)" 1
is "$(read_golden /dev/mapper/disk)" golden
is "$(fvd status --json disk | json mode)" ro
fvd close disk
sync
is "$(md5sum <image)" "$sum"
