# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
setup_open 48M
yes 'old content' | head -c 40M | dd of="$image" bs=1M conv=notrunc status=none
fvd create "$image" --force --base "$base" --size 24M
fvd open disk "$image"
cat /dev/mapper/disk >disk.copy
for _ in {1..100}; do
	[ "$(fvd status --json disk | json values | grep -c "'complete': 1")" = 1 ] && break
	sleep 0.1
done
expect 4 fvd pivot disk
says 'would show what the device held before'
dmsetup table disk | grep -q ' fvd ' || fail "the table is another one"
cmp /dev/mapper/disk disk.copy
printf 'x' | dd of=/dev/mapper/disk bs=1 seek=20000000 conv=notrunc status=none
md5sum </dev/mapper/disk >before
expect 0 fvd pivot --zero disk
says 'blocks zeroed' out
dmsetup table disk | grep -q ' linear ' || fail "the table is not linear"
blockdev --flushbufs /dev/mapper/disk
md5sum </dev/mapper/disk | cmp - before
# Written through the linear mapping, seen through the image: all bits are set.
printf 'y' | dd of=/dev/mapper/disk bs=1 seek=22000000 conv=notrunc status=none
md5sum </dev/mapper/disk >before
fvd close disk
expect 0 fvd check "$image"
fvd open disk "$image" --base -
md5sum </dev/mapper/disk | cmp - before
fvd close disk
