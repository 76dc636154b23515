#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A reload ends bios that are held, as their rules say; so does the exchange of
# the table against errors that "dmsetup remove --force" makes.
. "$(dirname "$0")/lib.sh"

sim_create a rules 1 op=write,hold
put /dev/mapper/a 0 A &
wait_pending a 1
sim_table a load
in_time dmsetup suspend --nolockfs a || sim_fail "reload hung"
dmsetup resume a || sim_fail "no resume"
wait $! || sim_fail "the held write failed"
expect "content" "$(get /dev/mapper/a 0)" A
m a rule add op=write,hold > /dev/null
put /dev/mapper/a 1 B &
wait_pending a 1
in_time dmsetup remove --force --noflush a 2> /dev/null
wait $! || sim_fail "the write held at remove --force failed"
expect "below" "$(get "$sim_device" 1)" B
