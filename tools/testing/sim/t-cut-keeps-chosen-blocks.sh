#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A power cut drops what was not flushed, keeps what was, and fails I/O until
# the power is back.
. "$(dirname "$0")/lib.sh"

sim_create a cache 1048576
d=/dev/mapper/a
put $d 0 A
put $d 1 B
expect "cached read" "$(get $d 0)$(get $d 1)" AB
expect "the lower device before a flush" "$(get "$sim_device" 0)" .
flush $d
expect "the lower device after a flush" "$(get "$sim_device" 0)" A
put $d 0 C
put $d 1 D
put $d 2 E
flush $d
put $d 3 F
m a power_cut keep none | grep -q "kept 0" || sim_fail "kept something"
put $d 0 X 2> /dev/null && sim_fail "a write without power succeeded"
get $d 0 2> /dev/null | grep -q . && sim_fail "a read without power succeeded"
m a power_on
expect "after keep none" "$(get $d 0)$(get $d 1)$(get $d 2)$(get $d 3)" CDE.
put $d 0 G
put $d 3 H
m a power_cut keep all > /dev/null
m a power_on
expect "after keep all" "$(get $d 0)$(get $d 3)" GH
