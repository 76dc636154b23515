# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# A copy of the image while it is open is what a power failure leaves: whole,
# a replay pending; repaired, it shows what was synced, in the driver too.
setup_open 14M
fvd create "$image" --base "$base"
is "$(value layout "$image")" compact
fvd open disk "$image" --no-copy-on-read
for i in 1 3 5 7 9; do
	yes "written $i" | dd of=/dev/mapper/disk bs=4096 seek=$((i * 300)) \
		count=$((i * 5)) iflag=fullblock oflag=direct status=none
done
blkdiscard -o 3145728 -l 2097152 /dev/mapper/disk
yes last | dd of=/dev/mapper/disk bs=4096 seek=900 count=3 iflag=fullblock \
	oflag=direct conv=fsync status=none
sum=$(md5sum </dev/mapper/disk)
cp image crashed
fvd close disk
expect 0 fvd check "$image"
expect 2 fvd check crashed
round_trip crashed
expect 1 fvd check --repair crashed
expect 0 fvd check crashed
loop crashed
fvd open disk "$device"
is "$(md5sum </dev/mapper/disk)" "$sum"
fvd close disk
expect 0 fvd check "$device"
