#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The session "Find a missing flush" of dm-sim.rst: a cut at the flush, in all
# its states, finds the bug of the sample program and not its repair.
. "$(dirname "$0")/lib.sh"

ledger=$(dirname "$0")/sample/ledger
sim_create disk cache 1048576
m disk rule add op=flush,cut > /dev/null

# damage: the first state of eight that damages the ledger. The tear unit is 512 bytes; all of
# a short line and a number lie in the first sector of their blocks.
damage() {
	local seed
	for ((seed = 1; seed <= 8; seed++)); do
		dd if=/dev/zero of="$sim_device" bs=64k count=1 oflag=direct conv=notrunc status=none
		m disk cut_policy seed $seed
		m disk seed $seed
		$ledger /dev/mapper/disk add hello 2> /dev/null && sim_fail "no cut"
		m disk power_on
		$ledger /dev/mapper/disk check > /dev/null && continue
		echo $seed
		break
	done
}

found=$(damage)
[ -n "$found" ] || sim_fail "the bug was not found"
export LEDGER_FIXED=1
found=$(damage)
expect "damage in the repaired program" "$found" ""
