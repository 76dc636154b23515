#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Too many states to count are said to be so, and can be sampled by seed.
. "$(dirname "$0")/lib.sh"

sim_create a cache 1048576
for ((i = 0; i < 10; i++)); do
	put /dev/mapper/a $i A
done
dmsetup message a 0 states | grep -q '^astronomical: up to 2^80' ||
	sim_fail "found $(dmsetup message a 0 states)"
m a power_cut seed 4 | grep -q 'states astronomical' || sim_fail "no word from the cut"
m a power_on
