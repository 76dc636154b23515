#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A lower device may ignore a discard: then the cached block is still there, and
# not the older one below the cache.
. "$(dirname "$0")/lib.sh"

sim_create low
m low rule add op=discard,lose > /dev/null
dmsetup create top --table \
	"0 $(blockdev --getsz /dev/mapper/low) sim /dev/mapper/low 0 2 cache 65536" || sim_fail "no device"
sim_names+=(top)
d=/dev/mapper/top
put $d 0 A
flush $d
put $d 0 B
blkdiscard --offset 0 --length 4096 $d || sim_fail "discard"
expect "one block" "$(get $d 0)" B
put $d 0 C
blkdiscard --offset 0 --length 1048576 $d || sim_fail "large discard"
expect "more blocks than are cached" "$(get $d 0)" C
