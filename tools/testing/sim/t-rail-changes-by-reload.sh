#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A device goes to another rail by a new table, while it is in use.
. "$(dirname "$0")/lib.sh"

sim_create b rail r cache 65536
sim_create a cache 65536
put /dev/mapper/a 0 A
sim_table a load rail r cache 65536
dmsetup suspend a
dmsetup resume a
expect "the rail" "$(counter a rail 1)" r
expect "after the reload" "$(get /dev/mapper/a 0)" A
m b power_cut > /dev/null
put /dev/mapper/a 1 X 2> /dev/null && sim_fail "it has power of its own"
m b power_on
put /dev/mapper/a 1 Y || sim_fail "it did not come back with its rail"
