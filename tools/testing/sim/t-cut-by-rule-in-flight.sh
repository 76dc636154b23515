#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A rule cuts the power while the n-th write is in flight.
. "$(dirname "$0")/lib.sh"

sim_create a cache 65536
d=/dev/mapper/a
m a cut_policy keep none
m a fail_nth 3 op=write,cut
put $d 0 A && flush $d || sim_fail "too early"
put $d 1 B || sim_fail "too early"
put $d 2 C 2> /dev/null && sim_fail "no cut"
m a wait_power_cut 60000
dmsetup status a | grep -q " sim off " || sim_fail "the power is on: $(dmsetup status a)"
m a fail_nth 0
m a power_on
expect "after the cut" "$(get $d 0)$(get $d 1)$(get $d 2)" A..
