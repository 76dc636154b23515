#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# coverage counts (op, action, state) and lists rules that never fired.
. "$(dirname "$0")/lib.sh"

sim_create a rules 2 op=write,sectors=0+8,error,set=1 op=flush,state=2,lose
put /dev/mapper/a 0 A 2> /dev/null
put /dev/mapper/a 1 A
expect "coverage" "$(dmsetup message a 0 coverage)" "\
hit write pass 1 1
hit write error 0 1
never 2 op=flush,tag=2,state=2,lose"
m a coverage reset
expect "after reset" "$(dmsetup message a 0 coverage | grep -c hit)" 0
