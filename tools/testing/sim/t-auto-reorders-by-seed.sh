#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In auto mode bios that are in flight together change order, by the seed.
. "$(dirname "$0")/lib.sh"

sim_create a mode auto max_delay_us 160000
run() {
	m a seed "$1"
	m a mode manual
	for ((i = 0; i < 8; i++)); do
		put /dev/mapper/a $i A &
		wait_pending a $((i + 1))
	done
	m a mode pass
	wait
}
order() {
	dmsetup message a 0 trace | awk '$2 == "'"$1"'" && $5 == "write" { printf "%s ", $4 }'
}
run 3
expect "order of arrival" "$(order effect)" "1 2 3 4 5 6 7 8 "
m a mode auto
m a seed 3
python3 - <<'END' || sim_fail "the workload failed"
import os, threading, mmap
def write(i):
    fd = os.open("/dev/mapper/a", os.O_RDWR | os.O_DIRECT)
    page = mmap.mmap(-1, 4096)
    os.pwrite(fd, page, i * 4096)
threads = [threading.Thread(target=write, args=(i,)) for i in range(16)]
for t in threads: t.start()
for t in threads: t.join()
END
[ "$(order effect)" != "$(order arrive)" ] || sim_fail "effects in order of arrival"
[ "$(order complete)" != "$(order effect)" ] || sim_fail "completions in order of effects"
