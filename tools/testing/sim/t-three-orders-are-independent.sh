#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Submission, effect and completion have three independent orders.
. "$(dirname "$0")/lib.sh"

sim_create a mode manual
write() {
	put /dev/mapper/a 0 "$1" && echo "$1" >> "$sim_folder/acknowledged"
}
for letter in A B C; do
	write $letter &
	pids+=($!)
	wait_pending a ${#pids[@]}
done
for number in 3 1 2; do
	m a step $number
done
expect "the last effect" "$(get "$sim_device" 0)" B
for number in 2 3 1; do
	m a step $number
	wait "${pids[number - 1]}" || sim_fail "write $number failed"
done
for kind in arrive effect complete; do
	order=$(dmsetup message a 0 trace |
		awk -v kind=$kind '$2 == kind && $5 == "write" { printf "%s", $4 }')
	orders+=" $order"
done
expect "the three orders" "$orders" " 123 312 231"
expect "acknowledged" "$(tr -d '\n' < "$sim_folder/acknowledged")" BCA
