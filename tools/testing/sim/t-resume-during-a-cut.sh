#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A device that is resumed while a cut waits for direct bios does not give the
# devices of the rail their direct way back. I-PWR-1
. "$(dirname "$0")/lib.sh"

sim_create l
sim_device=/dev/mapper/l
dmsetup create a --table "0 1024 sim $sim_device 0 2 rail r" || sim_fail "no device"
sim_names+=(a)
sim_create c rail r
dmsetup suspend c || sim_fail "no suspend"
m l rule add op=read,sectors=0+8,hold > /dev/null
get /dev/mapper/a 0 > /dev/null 2>&1 &
reader=$!
wait_pending l 1
dmsetup message a 0 power_cut keep none > /dev/null &
cutter=$!

# The cut has begun when a write to a goes into the engine, where it waits.
cut_has_begun() {
	put /dev/mapper/a 1 X 2> /dev/null &
	sleep 0.05
	[ "$(counter a arrived 1)" -gt 0 ]
}
wait_until cut_has_begun
dmsetup resume c || sim_fail "no resume"
m l release all
wait $reader
wait $cutter || sim_fail "power_cut failed"
put /dev/mapper/a 2 Y 2> /dev/null && sim_fail "a write succeeded without power"
put /dev/mapper/c 2 Y 2> /dev/null && sim_fail "c has power of its own"
wait
m c power_on
put /dev/mapper/a 2 Z || sim_fail "power_on did not bring it back"
