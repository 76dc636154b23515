#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A suspend does not wait for the pauses of auto mode.
. "$(dirname "$0")/lib.sh"

sim_create a mode auto max_delay_us 10000000
for ((i = 0; i < 20; i++)); do
	put /dev/mapper/a $i A &
done
sleep 0.5
timeout 5 dmsetup suspend --nolockfs a || sim_fail "suspend waits"
wait
dmsetup resume a
