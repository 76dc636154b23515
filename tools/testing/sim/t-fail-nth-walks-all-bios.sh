#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A loop with one message walks through every bio of an operation.
. "$(dirname "$0")/lib.sh"

sim_create a
operation() {
	put /dev/mapper/a 0 A && put /dev/mapper/a 1 B && flush /dev/mapper/a
}
for ((n = 1; n < 10; n++)); do
	m a fail_nth $n op=write+flush
	operation > /dev/null 2>&1 && break
done
m a fail_nth 0
expect "bios of the operation" "$n" 4
operation || sim_fail "it fails without a rule"
expect "rules left" "$(dmsetup message a 0 rules)" ""
