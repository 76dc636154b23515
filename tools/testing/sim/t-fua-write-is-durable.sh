#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A FUA write survives a cut without any flush; the older cached version of its
# block does not come back; its neighbours are lost.
. "$(dirname "$0")/lib.sh"

# The flush that the kernel sends after such a write is lost, or it would save
# all.
sim_create a cache 65536 rules 1 op=flush,lose
d=/dev/mapper/a
put $d 0 A
put $d 1 B
python3 - $d <<'END' || sim_fail "the FUA write failed"
import mmap, os, sys
fd = os.open(sys.argv[1], os.O_RDWR | os.O_DIRECT)
page = mmap.mmap(-1, 4096)
page.write(b"C" * 4096)
RWF_DSYNC = 2
os.pwritev(fd, [page], 0, RWF_DSYNC)
END
expect "FUA bios" "$(counter a fua 1)" 1
m a power_cut keep none > /dev/null
m a power_on
expect "after keep none" "$(get $d 0)$(get $d 1)" C.
