#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Without features the target maps like dm-linear, offset included.
. "$(dirname "$0")/lib.sh"

sim_lower
dmsetup create a --table "0 1024 sim $sim_device 2048" || sim_fail "no device"
sim_names+=(a)
put /dev/mapper/a 3 A
expect "the block below" "$(get "$sim_device" $((2048 / 8 + 3)))" A
expect "read back" "$(get /dev/mapper/a 3)" A
expect "nothing went through the engine" "$(counter a arrived 1)" 0
expect "writes counted" "$(counter a write 1)" 1
