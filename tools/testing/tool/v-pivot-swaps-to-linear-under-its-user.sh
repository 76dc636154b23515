# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
setup_open 32M
fvd create "$image" --base "$base"
fvd open disk "$image"
expect 4 fvd pivot disk
says 'not complete'
# It goes on as it was.
dmsetup table disk | grep -q ' fvd ' || fail "the table is another one"
cmp "$base" /dev/mapper/disk
for _ in {1..100}; do
	[ "$(fvd status --json disk | json values | grep -c "'complete': 1")" = 1 ] && break
	sleep 0.1
done
printf 'changed' | dd of=/dev/mapper/disk bs=1 seek=5000 conv=notrunc status=none
md5sum </dev/mapper/disk >before
# Somebody has it open all the time.
exec 9</dev/mapper/disk
fvd pivot disk
exec 9<&-
dmsetup table disk | grep -q ' linear ' || fail "the table is not linear"
expect 0 fvd status disk
says 'plain linear device' out
says "lies on: *$image" out
is "$(fvd status --json disk | json mode)" linear
is "$(fvd status --json disk | json device)" "$image"
expect 0 fvd status
says 'plain linear device' out
expect 0 fvd status --watch disk
expect 4 fvd pivot disk
says 'is a plain linear device'
losetup -d "$base"
loops=("$image")
blockdev --flushbufs /dev/mapper/disk
md5sum </dev/mapper/disk | cmp - before
printf 'again' | dd of=/dev/mapper/disk bs=1 seek=9000000 conv=notrunc status=none
md5sum </dev/mapper/disk >before
fvd close disk
# As an image it has the same content, and needs no base.
expect 0 fvd check "$image"
fvd open disk "$image" --base -
md5sum </dev/mapper/disk | cmp - before
fvd close disk
