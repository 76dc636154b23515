#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A rule delays a flush: its data are durable, and writes pass it.
. "$(dirname "$0")/lib.sh"

sim_create a cache 65536 rules 1 op=flush,delay=60000000
put /dev/mapper/a 0 A
flush /dev/mapper/a &
wait_pending a 1
put /dev/mapper/a 1 B || sim_fail "a write did not pass"
expect "the pending flush" "$(dmsetup message a 0 list)" "2 complete flush 0 0 0 waiting delay"
expect "below" "$(get "$sim_device" 0)$(get "$sim_device" 1)" A.
dmsetup suspend --nolockfs a && dmsetup resume a
wait || sim_fail "the flush failed"
