#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Unknown, repeated and contradicting features are refused by name.
. "$(dirname "$0")/lib.sh"

refused() {
	local word=$1
	shift
	dmesg -C
	dmsetup create x --table "0 ${sectors:-1024} sim $sim_device 0 $# $*" 2> /dev/null &&
		sim_fail "accepted: $*"
	dmesg | grep -q -- "$word" || sim_fail "no \"$word\" in: $(dmesg)"
}

sim_lower
refused 'Unknown feature "bogus"' bogus
refused 'seed given twice' seed 1 seed 2
refused 'torn conflicts with no cache' torn
refused 'mode needs' mode sideways
refused 'term 2 "nht=3"' rules 1 op=write,nht=3
refused 'cache needs' cache 12x
refused 'block_bytes needs a power of two, 512 to 4096, not 511' block_bytes 511
refused 'block_bytes needs a power of two' block_bytes 3072
refused 'block_bytes needs a number up to 4096' block_bytes 8192
sectors=1025 refused 'block_bytes: 1025 sectors are no multiple' block_bytes 4096
refused 'term 1 "seed"' rules 3 op=any seed 3
refused 'rules needs' rules 3 op=any
dmsetup create x --table "0 1024 sim $sim_device 0 5 seed 1" 2> /dev/null &&
	sim_fail "a wrong count was accepted"
sim_table a create rail r seed 3
dmesg -C
sectors=1024
sim_lower
dmsetup create x --table "0 $sectors sim $sim_device 0 4 rail r seed 4" 2> /dev/null &&
	sim_fail "another seed for the same rail was accepted"
dmesg | grep -q "seed conflicts" || sim_fail "no reason: $(dmesg)"
dmesg -C
dmsetup create x --table "0 1024 sim /dev/mapper/a 0 2 rail r" 2> /dev/null &&
	sim_fail "a rail was stacked on itself"
dmesg | grep -q "can not wait for itself" || sim_fail "no reason: $(dmesg)"
