# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# Sparse aware: holes and zeros take no space, in either direction.
truncate -s 20M disk
for at in 0 70000 3000000 20971008; do
	printf 'written here' | dd of=disk bs=1 seek=$at conv=notrunc status=none
done
head -c 200000 /dev/zero | dd of=disk bs=1M seek=5 conv=notrunc status=none
for to in flat compact; do
	fvd convert --from raw --to $to disk image --json >out
	is "$(json stored_bytes <out)" 16384
	expect 0 fvd check image
	is "$(value layout image)" $to
	fvd convert --to raw image again >out
	cmp disk again
	[ "$(du -k again | cut -f1)" -lt 400 ] || fail "again is not sparse"
	rm image again
done
