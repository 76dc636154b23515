#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Suspend, with noflush or without, ends bios that are held or delayed.
. "$(dirname "$0")/lib.sh"

sim_create a rules 2 op=write,sectors=0+8,hold op=write,delay=60000000
for option in "" --noflush; do
	put /dev/mapper/a 0 A &
	held=$!
	put /dev/mapper/a 1 B &
	delayed=$!
	wait_pending a 2
	in_time dmsetup suspend --nolockfs $option a || sim_fail "suspend $option"
	wait $held || sim_fail "the held write failed"
	wait $delayed || sim_fail "the delayed write failed"
	dmsetup resume a
done
expect "content" "$(get /dev/mapper/a 0)$(get /dev/mapper/a 1)" AB
