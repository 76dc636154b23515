#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# set= and state= make rules a state machine: fail a write after a flush.
. "$(dirname "$0")/lib.sh"

sim_create a rules 2 op=flush,state=0,set=1 op=write,state=1,set=2,error
d=/dev/mapper/a
put $d 0 A || sim_fail "state 0 fails"
flush $d
put $d 0 B 2> /dev/null && sim_fail "state 1 does not fail"
put $d 0 C || sim_fail "state 2 fails"
m a set_state 1
put $d 0 D 2> /dev/null && sim_fail "set_state did not set"
expect "content" "$(get $d 0)" C
