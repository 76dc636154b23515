#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# nth=N fails the N-th matching bio and no other.
. "$(dirname "$0")/lib.sh"

sim_create a
d=/dev/mapper/a
m a rule add op=write,nth=2,error=ENOSPC > /dev/null
put $d 0 A || sim_fail "the first write failed"
put $d 1 B 2>&1 | grep -q "No space" || sim_fail "the second write did not fail so"
put $d 2 C || sim_fail "the third write failed"
expect "content" "$(get $d 0)$(get $d 1)$(get $d 2)" A.C
expect "failed writes" "$(counter a write 4)" 1
