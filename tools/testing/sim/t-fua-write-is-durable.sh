#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A FUA write survives a cut; the older cached version of its block does not
# come back; its neighbours may be lost.
. "$(dirname "$0")/lib.sh"

sim_create a cache 65536
d=/dev/mapper/a
put $d 0 A
put $d 1 B
head -c 4096 /dev/zero | tr '\0' C > "$sim_folder/c"
python3 - $d "$sim_folder/c" <<'END' || sim_fail "the FUA write failed"
import mmap, os, sys
fd = os.open(sys.argv[1], os.O_RDWR | os.O_DIRECT)
page = mmap.mmap(-1, 4096)
page.write(open(sys.argv[2], "rb").read())
RWF_DSYNC = 2
os.pwritev(fd, [page], 0, RWF_DSYNC)
END
expect "FUA bios" "$(counter a fua 1)" 1
m a power_cut keep all > /dev/null
m a power_on
expect "after keep all" "$(get $d 0)$(get $d 1)" CB
