#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A read sees what is cached over what is below it, in each of its blocks.
. "$(dirname "$0")/lib.sh"

sim_create a cache 65536
d=/dev/mapper/a
put $d 0 A
flush $d
put $d 0 B 512
dd if="$d" bs=512 skip=1 count=1 iflag=direct status=none |
	dd of="$d" bs=512 seek=7 oflag=direct conv=notrunc status=none
expect "two cached blocks of eight" "$(get $d 0)" BA
expect "the lower device" "$(get "$sim_device" 0)" A
