#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# With block_bytes it is a disk of larger blocks: it says so, is torn so, fails what
# is not aligned. User space can not send that, a device that does not know does.
. "$(dirname "$0")/lib.sh"

sim_create a
dmsetup create above --table "0 1024 linear /dev/mapper/a 0" || sim_fail "no linear"
sim_names+=(above)
sim_table a load block_bytes 4096
dmsetup suspend a && dmsetup resume a || sim_fail "no resume"
expect "what it says" "$(blockdev --getss --getpbsz /dev/mapper/a)" $'4096\n4096'
dmsetup table a | grep -q " 2 block_bytes 4096$" || sim_fail "table: $(dmsetup table a)"
put /dev/mapper/above 3 A
expect "aligned ones" "$(get /dev/mapper/above 3)" A
dmesg -C
dd if=/dev/zero of=/dev/mapper/above bs=512 seek=25 count=1 oflag=direct status=none 2> /dev/null &&
	sim_fail "a write of one sector was taken"
dmesg | grep -q "sectors 25+1 are no whole blocks of 4096 bytes" || sim_fail "log: $(dmesg)"
expect "counted" "$(counter a write 4)" 1
expect "what was there is" "$(get /dev/mapper/above 3)" A
dd if=/dev/mapper/above of=/dev/null bs=4608 count=1 iflag=direct status=none 2> /dev/null &&
	sim_fail "a read of nine sectors was taken"

# A cache has such blocks, too: eight sectors survive or not.
dmsetup remove above
unset 'sim_names[-1]'
sim_table a load block_bytes 4096 cache 1048576
dmsetup suspend a && dmsetup resume a || sim_fail "no resume"
put /dev/mapper/a 0 B
[[ $(dmsetup message a 0 states) = "2" ]] || sim_fail "states: $(dmsetup message a 0 states)"
