#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A reload finds the rail again: power off stays off; the cache is destaged.
. "$(dirname "$0")/lib.sh"

sim_create a cache 65536
put /dev/mapper/a 0 A
sim_table a load cache 65536 seed 5
dmsetup suspend a
dmsetup resume a
expect "after a reload" "$(get /dev/mapper/a 0)" A
expect "the new seed" "$(counter a seed 1)" 5
m a power_cut > /dev/null
sim_table a load cache 65536
dmsetup suspend a
dmsetup resume a
put /dev/mapper/a 0 B 2> /dev/null && sim_fail "a reload brought the power back"
m a power_on
put /dev/mapper/a 0 B || sim_fail "power_on did not bring it back"
