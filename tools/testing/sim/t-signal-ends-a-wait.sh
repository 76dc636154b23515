#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Who waits for a break keeps a loaded table from being replaced, as the guide
# says, until a signal ends the wait.
. "$(dirname "$0")/lib.sh"

sim_create a
sim_table a load trace
dmsetup message a 0 wait_break 3600000 2> /dev/null &
waiter=$!
sleep 0.3 # it may come too late to wait, but then all must end, too
(
	sim_table a load cache 65536
	touch "$sim_folder/loaded"
) &
loader=$!
sleep 0.3
kill $waiter
wait_until test -e "$sim_folder/loaded"
wait $waiter && sim_fail "wait_break found a break"
wait $loader || sim_fail "the second load failed"
