#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A table that waits for its rail, whose worker waits for a suspended device
# below, does not keep that device from being loaded and resumed.
. "$(dirname "$0")/lib.sh"

# blocked PID: it sleeps where no signal reaches it.
blocked() {
	local line
	read -r line < "/proc/$1/stat" && [[ $line = *') D '* ]]
}

# Out of the queue: the worker has it, and keeps the rail until it is done.
worker_is_busy() {
	[ "$(counter a arrived 1)" -eq 1 ] && [ "$(counter a pending 1)" -eq 0 ]
}

sim_create b
below=$sim_device
sim_device=/dev/mapper/b
a="0 1024 sim /dev/mapper/b 0 1 trace"
dmsetup create a --table "$a" || sim_fail "no device"
sim_names+=(a)
dmsetup suspend b || sim_fail "no suspend"
put /dev/mapper/a 0 A &
writer=$!
wait_until worker_is_busy
dmsetup load a --table "$a" &
loader=$!
wait_until blocked $loader

sim_device=$below
(
	sim_table b load trace
	touch "$sim_folder/loaded"
) &
second=$!
for ((i = 0; i < 200; i++)); do
	[ ! -e "$sim_folder/loaded" ] || break
	sleep 0.05
done
dmsetup resume b || sim_fail "no resume" # also ends what hangs
wait $second $writer $loader
[ $i -lt 200 ] || sim_fail "the load hung"
