#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Two devices on a rail fail at one instant and share one order.
. "$(dirname "$0")/lib.sh"

sim_create a rail r cache 65536
sim_create b rail r cache 65536
put /dev/mapper/a 0 A
put /dev/mapper/b 0 B
put /dev/mapper/a 1 C
expect "arrivals on the rail" "$(counter b arrived 1)" 3
m b power_cut keep 2 > /dev/null
put /dev/mapper/a 2 X 2> /dev/null && sim_fail "the other device has power"
m a power_on
expect "after the cut" "$(get /dev/mapper/a 0)$(get /dev/mapper/b 0)$(get /dev/mapper/a 1)" .B.
