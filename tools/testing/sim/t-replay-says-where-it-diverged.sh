#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A replay stops at the first bio that is not that of the trace.
. "$(dirname "$0")/lib.sh"

sim_create a trace
put /dev/mapper/a 0 A
put /dev/mapper/a 1 A
dmsetup message a 0 trace > "$sim_folder/trace"
while read -r line; do
	# shellcheck disable=SC2086
	m a replay add $line
done < "$sim_folder/trace"
m a replay start
put /dev/mapper/a 0 A
put /dev/mapper/a 5 A
dmsetup message a 0 replay status > "$sim_folder/status"
grep -q "diverged at bio 2: expected 4 arrive 0 2 write 8 8" "$sim_folder/status" &&
	grep -q "found .* arrive 0 2 write 40 8" "$sim_folder/status" ||
	sim_fail "$(cat "$sim_folder/status")"
m a replay clear
