#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A bad message says what was wrong and where, and changes nothing.
. "$(dirname "$0")/lib.sh"

sim_create a cache 65536
before=$(dmsetup table a)
sim_refused a 'unknown message' bogus
sim_refused a 'term 3 "nth=x"' rule add op=write,sectors=0+8,nth=x
sim_refused a 'term 2 "error=EBOGUS"' rule add op=write,error=EBOGUS
sim_refused a 'a second action' rule add op=write,lose,error
sim_refused a 'no meaning' rule add op=read,lose
sim_refused a 'takes 1 to 1' seed
sim_refused a 'argument 1 "12k"' cache 12k
sim_refused a 'at least' cache 12
sim_refused a 'pass, auto or manual' mode fast
sim_refused a 'unknown word' power_cut sometimes 3
sim_refused a 'bad value' power_cut keep 3,x
sim_refused a 'there are only 1' power_cut state 1
sim_refused a 'not pending' step 5
sim_refused a 'no rule with tag 9' rule del 9
sim_refused a 'bad kind at column' replay add 1 arive 0 1 read 0 8 0 pass 0 0 ok 0
sim_refused a 'no trace' replay start
expect "the table afterwards" "$(dmsetup table a)" "$before"
