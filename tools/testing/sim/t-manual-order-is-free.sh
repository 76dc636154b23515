#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Effects of overlapping writes can be stepped in any order.
. "$(dirname "$0")/lib.sh"

sim_create a mode manual
d=/dev/mapper/a
put $d 0 A &
wait_pending a 1
put $d 0 B &
wait_pending a 2
m a step 2
m a step 2
expect "after the second" "$(get "$sim_device" 0)" B
m a release 1
expect "after the first" "$(get "$sim_device" 0)" A
wait
put $d 1 C &
wait_pending a 1
m a step all > /dev/null
wait || sim_fail "step all did not complete"
