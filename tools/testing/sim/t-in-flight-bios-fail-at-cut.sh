#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Bios in flight at the cut fail; their writes may survive, as the cut says.
. "$(dirname "$0")/lib.sh"

sim_create a mode manual
d=/dev/mapper/a
put $d 0 A 2> /dev/null &
first=$!
wait_pending a 1
put $d 1 B 2> /dev/null &
second=$!
wait_pending a 2
m a power_cut keep 2 > /dev/null
wait $first && sim_fail "the first succeeded"
wait $second && sim_fail "the second succeeded"
m a power_on
m a mode pass
expect "after the cut" "$(get $d 0)$(get $d 1)" .B
