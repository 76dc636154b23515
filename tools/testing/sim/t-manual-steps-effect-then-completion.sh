#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In manual mode nothing moves; step does the effect, then the completion.
. "$(dirname "$0")/lib.sh"

sim_create a mode manual
d=/dev/mapper/a
put $d 0 A &
wait_pending a 1
expect "before" "$(get "$sim_device" 0)" .
expect "list" "$(dmsetup message a 0 list)" "1 effect write 0 8 0 waiting pass"
m a step 1
expect "after one step" "$(get "$sim_device" 0)" A
expect "list" "$(dmsetup message a 0 list)" "1 complete write 0 8 0 waiting pass"
jobs -r | grep -q put || sim_fail "acknowledged before its second step"
m a step 1
wait || sim_fail "the write failed"
expect "list" "$(dmsetup message a 0 list)" ""
