#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A replay waits for the next bio of the trace, however late it is, and tells
# which; a limit may be given, and then it has diverged.
. "$(dirname "$0")/lib.sh"

sim_create a rules 1 op=write,sectors=0+8,count=1,hold
# In the trace the second write comes before the first has its effect.
run() {
	put /dev/mapper/a 0 A &
	wait_pending a 1
	${1:-true}
	put /dev/mapper/a 1 B
}
run
m a release all
wait
dmsetup message a 0 trace > "$sim_folder/trace"
m a rule del all
while read -r line; do
	# shellcheck disable=SC2086
	m a replay add $line
done < "$sim_folder/trace"
waits_for_the_second() {
	sleep 1.5
	dmsetup message a 0 replay status | grep -q 'waits for .* arrive 0 2 write 8 8' ||
		sim_fail "$(dmsetup message a 0 replay status)"
}
m a replay start
run waits_for_the_second
wait
dmsetup message a 0 replay status | grep -q finished ||
	sim_fail "$(dmsetup message a 0 replay status)"
m a replay start 100
put /dev/mapper/a 0 A || sim_fail "the write did not end"
dmsetup message a 0 replay status | tr '\n' ' ' | grep -q 'diverged at bio 2: .*nothing' ||
	sim_fail "$(dmsetup message a 0 replay status)"
