#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The trace keeps the last 4096 events, however many there were.
. "$(dirname "$0")/lib.sh"

sim_create a rail r trace
put_many /dev/mapper/a 1500 > /dev/null
cat /sys/kernel/debug/dm-sim/r/trace > "$sim_folder/trace"
expect "first, number, last" "$(sed -n '1p; $=; $p' "$sim_folder/trace" |
	awk '{ printf "%s ", $1 }')" "405 4096 4500 "
