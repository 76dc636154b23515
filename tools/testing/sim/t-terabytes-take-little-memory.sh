#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A device of many terabytes costs no more memory than a small one, and status
# tells how much; unflushed data are counted.
. "$(dirname "$0")/lib.sh"

sim_create small cache 1048576
sim_lower $((64 << 20))
sim_table large create cache 1048576
expect "memory of 64 TiB" "$(counter large memory 1)" "$(counter small memory 1)"
last=$(((64 << 40) / 4096 - 1))
before=$(counter large memory 1)
put /dev/mapper/large $last A
expect "the last block" "$(get /dev/mapper/large $last)" A
[ $(($(counter large memory 1) - before)) -ge 4096 ] || sim_fail "cached data are not counted"
m large power_cut keep none > /dev/null
m large power_on
expect "the last block after a cut" "$(get /dev/mapper/large $last)" .
expect "memory afterwards" "$(counter large memory 1)" "$before"
