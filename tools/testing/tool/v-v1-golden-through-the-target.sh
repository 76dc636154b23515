# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# Every golden image, brought to format 3 with its base left where it is, shows
# its expected content through the target, the base given as a device; read-only,
# and again after all of it was read into the image.
modprobe dm-fvd
modprobe loop 2>/dev/null || :
trap cleanup EXIT
nr=0
for name in $(golden_names); do
	golden "$name"
	device=none
	[ -z "$base" ] || loop "$base"
	base_device=$device
	for to in flat compact; do
		fvd convert --to $to ${base:+--base "$base_device"} \
			${data:+--data "$data"} "$image" new >out
		loop new
		fvd open disk "$device" --base "$base_device" --read-only
		cmp /dev/mapper/disk "$expected" || fail "$name, $to, read-only"
		fvd close disk
		fvd open disk "$device" --base "$base_device"
		cmp /dev/mapper/disk "$expected" || fail "$name, $to"
		cmp /dev/mapper/disk "$expected" || fail "$name, $to, again"
		fvd close disk
		expect 0 fvd check "$device"
		losetup -d "$device"
		unset 'loops[-1]'
		rm new
		nr=$((nr + 1))
	done
	rm -f "$name".*
done
is $nr 16
