#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A delayed write is done at once and acknowledged late; others pass it.
. "$(dirname "$0")/lib.sh"

sim_create a rules 1 op=write,sectors=0+8,delay=60000000
put /dev/mapper/a 0 A &
wait_pending a 1
put /dev/mapper/a 1 B || sim_fail "the second write did not pass"
expect "content while delayed" "$(get /dev/mapper/a 0)$(get /dev/mapper/a 1)" AB
dmsetup message a 0 list | grep -q "complete write 0 8" || sim_fail "not delayed"
# A suspend ends the delay.
dmsetup suspend --nolockfs a && dmsetup resume a
wait || sim_fail "the delayed write failed"
expect "delayed writes" "$(counter a write 3)" 1
