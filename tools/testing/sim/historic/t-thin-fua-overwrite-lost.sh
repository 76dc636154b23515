#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# dm-thin before 4ae280b4ee34: an overwrite with FUA that provisions a block is
# acknowledged before its mapping is committed. A sim device above the thin
# device holds the flush that follows, so the cut falls after the
# acknowledgment of the FUA write and before anything else. (It is not on the
# rail: a rail can not wait for itself.)
. "$(dirname "$0")/lib-historic.sh"

open_thin() {
	dmsetup create pool --table "0 16384 $target-pool /dev/mapper/m /dev/mapper/d 128 0" &&
		{ [ -z "${1:-}" ] || dmsetup message pool 0 create_thin 0; } &&
		dmsetup create thin --table "0 1024 $target /dev/mapper/pool 0" &&
		dmsetup create probe --table "0 1024 sim /dev/mapper/thin 0"
}

close_thin() {
	dmsetup remove --retry probe && dmsetup remove --retry thin &&
		dmsetup remove --retry pool || sim_fail "remove failed"
}

# Prints the content after the cut.
attempt() {
	historic_rail
	open_thin new || sim_fail "no thin device"
	m probe break op=flush > /dev/null
	python3 - <<'END' 2> /dev/null &
import mmap, os
fd = os.open("/dev/mapper/probe", os.O_RDWR | os.O_DIRECT)
page = mmap.mmap(-1, 65536)
page.write(b"F" * 65536)
# The pool commits once a second; let it have done so just now.
os.fsync(os.open("/dev/mapper/thin", os.O_RDWR))
RWF_DSYNC = 2
os.pwritev(fd, [page], 0, RWF_DSYNC)
END
	m probe wait_break > /dev/null
	m m power_cut keep none > /dev/null
	expect "FUA writes acknowledged" "$(counter probe fua 1)$(counter probe fua 4)" 10
	m probe release all
	wait
	close_thin
	historic_power_on
	open_thin || sim_fail "the pool can not be opened after the cut"
	found=$(get /dev/mapper/thin 0)
	close_thin
	historic_unrail
}

insmod "$SIM_HISTORIC/undone-thin-fua.ko" || sim_fail "no undone-thin-fua.ko"
target=thin
attempt
expect "the kernel's dm-thin" "$found" F
target=thin-fua
attempt
expect "with the fix undone" "$found" .
echo "thin-fua: the acknowledged FUA write is gone after the cut"
rmmod undone-thin-fua
