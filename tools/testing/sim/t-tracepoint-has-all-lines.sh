#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The tracepoint tells each event of the trace, of each kind, in the same words.
. "$(dirname "$0")/lib.sh"

tracing=/sys/kernel/tracing
[ -e $tracing/trace ] || mount -t tracefs none $tracing
sim_create a rail r cache 4096
echo > $tracing/trace
echo 1 > $tracing/events/dm_sim/dm_sim_event/enable
put /dev/mapper/a 1 A
put /dev/mapper/a 2 A
m a mark 7
m a rule add op=write,error=medium > /dev/null
put /dev/mapper/a 3 A 2> /dev/null
m a power_cut keep none > /dev/null
m a power_on
echo 0 > $tracing/events/dm_sim/dm_sim_event/enable
sed -n 's/.*dm_sim_event: rail=r //p' $tracing/trace | sed 's/[a-z]*=//g' > "$sim_folder/points"
dmsetup message a 0 trace > "$sim_folder/trace"
expect "kinds" "$(cut -d' ' -f2 "$sim_folder/trace" | sort -u | tr '\n' ' ')" \
	"arrive complete cut destage effect mark on "
cmp "$sim_folder/points" "$sim_folder/trace" ||
	sim_fail "$(diff "$sim_folder/points" "$sim_folder/trace" | head -n 5)"
