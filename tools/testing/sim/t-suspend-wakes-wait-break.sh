#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A suspend does not wait for a message that waits.
. "$(dirname "$0")/lib.sh"

sim_create a
dmsetup message a 0 wait_break 60000 2> /dev/null &
sleep 0.3
timeout 20 dmsetup suspend a || sim_fail "suspend hung"
wait $! && sim_fail "wait_break found a break"
dmsetup resume a
