#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# prob=A/B hits the same bios for the same seed.
. "$(dirname "$0")/lib.sh"

sim_create a rules 1 op=write,prob=1/3,error
pattern() {
	m a seed "$1"
	put_many /dev/mapper/a 24
}
first=$(pattern 1)
expect "the same seed" "$(pattern 1)" "$first"
[[ $first == *0* && $first == *1* ]] || sim_fail "one in three is $first"
[ "$(pattern 2)" != "$first" ] || sim_fail "another seed hits the same"
