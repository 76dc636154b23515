#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A flush promises nothing about a write that was not acknowledged before it.
. "$(dirname "$0")/lib.sh"

sim_create a cache 65536 mode manual
d=/dev/mapper/a
put $d 0 A &
wait_pending a 1
m a release 1
put $d 1 B &
wait_pending a 1
m a step 2 # effect only
flush $d &
wait_pending a 2
m a step 3
expect "below after the flush" "$(get "$sim_device" 0)$(get "$sim_device" 1)" A.
m a step all > /dev/null
wait
m a power_cut keep none > /dev/null
m a power_on
expect "after the cut" "$(get "$sim_device" 0)$(get "$sim_device" 1)" A.
