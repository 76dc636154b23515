#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# states counts the outcomes; each state K is another one, and they are all.
. "$(dirname "$0")/lib.sh"

sim_create a cache 65536
d=/dev/mapper/a
seen=()
for ((k = 0; ; k++)); do
	dd if=/dev/zero of="$sim_device" bs=4096 count=1 oflag=direct conv=notrunc status=none
	put $d 0 A 512
	put $d 0 B 512
	dd if=<(tr '\0' C < /dev/zero | head -c 512) of=$d bs=512 seek=1 count=1 \
		iflag=fullblock oflag=direct conv=notrunc status=none
	states=$(dmsetup message a 0 states)
	[ $k -lt "$states" ] || break
	m a power_cut state $k > /dev/null
	m a power_on
	seen+=("$(get $d 0)")
done
m a power_cut keep none > /dev/null
m a power_on
expect "states" "$states" 6
expect "different outcomes" "$(printf '%s\n' "${seen[@]}" | sort | tr '\n' ' ')" \
	". .C. A. AC. B. BC. "
