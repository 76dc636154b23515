#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Zeroes are cached like writes; a discard ends cached versions of its blocks.
. "$(dirname "$0")/lib.sh"

sim_create a cache 65536
d=/dev/mapper/a
put $d 0 A
put $d 1 A
flush $d
blkdiscard --zeroout --offset 0 --length 4096 $d || sim_fail "zeroout"
expect "zeroes are read" "$(get $d 0)" .
m a power_cut keep none > /dev/null
m a power_on
expect "lost zeroes" "$(get $d 0)$(get $d 1)" AA
put $d 1 B
blkdiscard --offset 4096 --length 4096 $d || sim_fail "discard"
expect "discarded" "$(get $d 1)" .
