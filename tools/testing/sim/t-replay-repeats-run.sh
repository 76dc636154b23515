#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A saved trace replays: decisions of the trace without its rules and seed.
. "$(dirname "$0")/lib.sh"

sim_create a cache 65536 seed 9 rules 1 op=write,prob=1/2,error
workload() {
	put_many /dev/mapper/a 12
}
m a seed 9
first=$(workload)
hash=$(dmsetup message a 0 hash)
dmsetup message a 0 trace > "$sim_folder/trace"
m a rule del all
m a seed 1
while read -r line; do
	# shellcheck disable=SC2086
	m a replay add $line
done < "$sim_folder/trace"
m a replay start
expect "the run again" "$(workload)" "$first"
expect "the hash" "$(dmsetup message a 0 hash)" "$hash"
dmsetup message a 0 replay status | grep -q finished ||
	sim_fail "$(dmsetup message a 0 replay status)"
