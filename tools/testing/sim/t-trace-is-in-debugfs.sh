#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Each event is a line in debugfs, and the same lines answer the message.
. "$(dirname "$0")/lib.sh"

sim_create a rail r trace
put /dev/mapper/a 1 A
m a mark 7
mountpoint -q /sys/kernel/debug || mount -t debugfs none /sys/kernel/debug
expect "trace" "$(cat /sys/kernel/debug/dm-sim/r/trace)" "\
1 arrive 0 1 write 8 8 0 pass 0 0 ok 0
2 effect 0 1 write 8 8 0 pass 0 0 ok 0
3 complete 0 1 write 8 8 0 pass 0 0 ok 0
4 mark 0 0 read 0 0 0 pass 7 0 ok 0"
expect "message" "$(dmsetup message a 0 trace)" "$(cat /sys/kernel/debug/dm-sim/r/trace)"
expect "message from 3" "$(dmsetup message a 0 trace 3 | cut -d' ' -f1 | tr '\n' ' ')" "3 4 "
