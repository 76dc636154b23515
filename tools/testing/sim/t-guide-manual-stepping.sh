#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The session "Step by hand" of dm-sim.rst, with the console: stop the ledger
# between its two writes, look, go on.
. "$(dirname "$0")/lib.sh"

dmsim=$(dirname "$0")/../../../build/tools/dmsim
[ -x "$dmsim" ] || sim_fail "make tools first"
sim_create disk
$dmsim disk mode manual
"$(dirname "$0")/sample/ledger" /dev/mapper/disk add hello &
expect "run until the number is written" \
	"$($dmsim disk run until op=write,sectors=0+8)" "3 effect write 0 8 0 held break"
expect "list" "$($dmsim disk list)" "3 effect write 0 8 0 held break"
expect "the line is there" "$(head -c 4101 "$sim_device" | tail -c 5)" hello
expect "the number is not" "$(get "$sim_device" 0)" .
$dmsim disk release 3
$dmsim disk mode pass
wait || sim_fail "the ledger failed"
