#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A suspend does not wait for a message that waits.
. "$(dirname "$0")/lib.sh"

sim_create a
dmsetup message a 0 wait_break 30000 2> /dev/null &
sleep 0.3 # it may come too late to wait, but then it must end, too
in_time dmsetup suspend a || sim_fail "suspend hung"
wait $! && sim_fail "wait_break found a break"
dmsetup resume a
