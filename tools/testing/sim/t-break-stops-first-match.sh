#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# break RULE holds the first bio that matches; wait_break tells which.
. "$(dirname "$0")/lib.sh"

sim_create a
d=/dev/mapper/a
m a break op=write,sectors=8+8 > /dev/null
put $d 0 A || sim_fail "the wrong bio was stopped"
dmsetup message a 0 wait_break 60000 > "$sim_folder/break" &
waiter=$!
put $d 1 B &
wait $waiter || sim_fail "wait_break failed"
expect "the break" "$(< "$sim_folder/break")" "2 effect write 8 8 0 held break"
put $d 1 C || sim_fail "a second match was stopped"
m a release 2
wait
expect "content" "$(get $d 1)" B
sim_refused a 'no bio met' wait_break 10
