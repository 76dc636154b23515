#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A lost write is acknowledged and never done.
. "$(dirname "$0")/lib.sh"

sim_create a rules 1 op=write,sectors=8+8,lose
put /dev/mapper/a 1 A || sim_fail "not acknowledged"
put /dev/mapper/a 2 B
expect "content" "$(get /dev/mapper/a 1)$(get /dev/mapper/a 2)" .B
expect "lost writes" "$(counter a write 5)" 1
