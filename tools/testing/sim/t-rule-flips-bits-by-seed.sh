#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# flip=N inverts the same N bits for the same seed, with a cache and without.
. "$(dirname "$0")/lib.sh"

flipped() {
	m a seed "$1"
	m a rule add op=write,flip=5 > /dev/null
	put /dev/mapper/a 0 A
	m a rule del all
	cmp -l <(head -c 4096 /dev/zero | tr '\0' A) \
		<(dd if=/dev/mapper/a bs=4096 count=1 iflag=direct status=none)
}

sim_create a trace
first=$(flipped 1)
expect "bytes changed" "$(echo "$first" | wc -l)" 5
expect "the same seed" "$(flipped 1)" "$first"
[ "$(flipped 2)" != "$first" ] || sim_fail "another seed flips the same bits"
m a cache 65536
expect "the same seed with a cache" "$(flipped 1)" "$first"
m a cache 0
m a seed 1
put /dev/mapper/a 0 A
m a rule add op=read,flip=5 > /dev/null
cmp -s <(head -c 4096 /dev/zero | tr '\0' A) \
	<(dd if=/dev/mapper/a bs=4096 count=1 iflag=direct status=none) &&
	sim_fail "a read was not spoilt"
m a rule del all
expect "the stored block" "$(get /dev/mapper/a 0)" A
