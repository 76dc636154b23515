#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The same seed keeps the same blocks, another seed others; blocks of one
# write have fates of their own.
. "$(dirname "$0")/lib.sh"

sim_create a cache 1048576
outcome() {
	dd if=/dev/zero of="$sim_device" bs=64k count=1 oflag=direct conv=notrunc status=none
	m a seed 1
	for ((i = 0; i < 4; i++)); do
		put /dev/mapper/a $i A
	done
	m a power_cut seed "$1" > /dev/null
	m a power_on
	md5sum < /dev/mapper/a
}
first=$(outcome 1)
expect "the same seed" "$(outcome 1)" "$first"
[ "$(outcome 2)" != "$first" ] || sim_fail "another seed keeps the same"
head -c 16384 /dev/mapper/a | tr '\0' . | tr -s A. | grep -q 'A\.A\.' ||
	sim_fail "no write was torn between blocks"
