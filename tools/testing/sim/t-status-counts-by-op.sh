#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# status counts bios, sectors, delayed, failed and lost for each op.
. "$(dirname "$0")/lib.sh"

sim_create a rules 3 op=write,nth=2,error op=write,nth=3,lose op=flush,delay=10
d=/dev/mapper/a
put $d 0 A
put $d 0 A 2> /dev/null
put $d 0 A
flush $d
for ((i = 1; i <= 5; i++)); do
	found+=" $(counter a write $i)"
done
expect "bios sectors delayed failed lost" "$found" " 3 24 0 1 1"
expect "flushes" "$(counter a flush 1) $(counter a flush 3)" "1 1"
