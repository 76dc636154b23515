#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A rule fails a flush; what it should have saved is still cached, not durable.
. "$(dirname "$0")/lib.sh"

sim_create a cache 65536 rules 1 op=flush,count=1,error=medium
put /dev/mapper/a 0 A
flush /dev/mapper/a 2> /dev/null && sim_fail "the flush succeeded"
expect "below after the failed flush" "$(get "$sim_device" 0)" .
flush /dev/mapper/a || sim_fail "the second flush failed"
expect "below after the good flush" "$(get "$sim_device" 0)" A
expect "failed flushes" "$(counter a flush 4)" 1
