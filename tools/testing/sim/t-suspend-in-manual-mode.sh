#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A suspend in manual mode waits for nobody; the mode is kept.
. "$(dirname "$0")/lib.sh"

sim_create a mode manual cache 65536
put /dev/mapper/a 0 A &
wait_pending a 1
in_time dmsetup suspend a || sim_fail "suspend hung"
wait || sim_fail "the write failed"
expect "destaged" "$(get "$sim_device" 0)" A
dmsetup resume a
dmsetup status a | grep -q "on manual" || sim_fail "the mode changed"
