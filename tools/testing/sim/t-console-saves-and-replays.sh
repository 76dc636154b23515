#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# trace save, rule load and replay load work on files.
. "$(dirname "$0")/lib.sh"

dmsim=$(dirname "$0")/../../../build/tools/dmsim
[ -x "$dmsim" ] || sim_fail "make tools first"
sim_create a
printf '# every third write fails\nop=write,every=3,error\n\nop=read,flip=2\n' > "$sim_folder/rules"
$dmsim a rule load "$sim_folder/rules"
workload() {
	for ((i = 0; i < 7; i++)); do
		put /dev/mapper/a $i A 2> /dev/null && printf 1 || printf 0
	done
}
$dmsim a seed 1
first=$(workload)
expect "the rules" "$first" 1101101
$dmsim a trace save "$sim_folder/trace"
expect "lines saved" "$(wc -l < "$sim_folder/trace")" 21
# A name that is mistyped costs no trace.
cp "$sim_folder/trace" "$sim_folder/copy"
$dmsim nosuch trace save "$sim_folder/trace" 2> /dev/null && sim_fail "saved of nobody"
cmp "$sim_folder/trace" "$sim_folder/copy" || sim_fail "the trace is gone"
$dmsim a rule del all
$dmsim a replay load "$sim_folder/trace"
$dmsim a replay start
expect "the replay" "$(workload)" "$first"
$dmsim a replay status | grep -q finished || sim_fail "$($dmsim a replay status)"
echo bogus > "$sim_folder/rules"
$dmsim a rule load "$sim_folder/rules" 2>&1 | grep -q "line 1 is refused" ||
	sim_fail "no line number"
