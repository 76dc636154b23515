#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A device without power can be suspended and removed.
. "$(dirname "$0")/lib.sh"

sim_create a cache 65536 mode manual
put /dev/mapper/a 0 A 2> /dev/null &
wait_pending a 1
m a power_cut keep none > /dev/null
wait
in_time dmsetup remove --retry a || sim_fail "remove failed"
expect "nothing was written" "$(get "$sim_device" 0)" .
