# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# While the device is open; what was written stays.
setup_open 32M
fvd create "$image" --base "$base"
fvd open disk "$image" --set commit_interval_ms=77
exec 9</dev/mapper/disk
printf written | dd of=/dev/mapper/disk bs=1 seek=5000000 conv=notrunc \
	status=none
cp base moved
loop moved
fvd reload disk --base "$device"
dmsetup deps -o devname disk >out
says "(${device#/dev/})" out
is "$(dd if=/dev/mapper/disk bs=1 skip=5000000 count=7 status=none)" written
is "$(read_golden /dev/mapper/disk)" golden
dmsetup table disk >out
says 'commit_interval_ms 77' out
exec 9<&-
