#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A flush that a rule loses is acknowledged and saves nothing.
. "$(dirname "$0")/lib.sh"

sim_create a cache 65536 rules 1 op=flush,count=1,lose
d=/dev/mapper/a
put $d 0 A
flush $d || sim_fail "the lost flush was not acknowledged"
m a power_cut keep none > /dev/null
m a power_on
expect "after the cut" "$(get $d 0)" .
expect "lost flushes" "$(counter a flush 5)" 1
