#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A suspend does not wait for the pauses of auto mode.
. "$(dirname "$0")/lib.sh"

sim_create a mode auto max_delay_us 10000000
# Hundreds of events with 0.6 s between two of them: minutes.
python3 - <<'END' &
import mmap, os, threading
fd = os.open("/dev/mapper/a", os.O_RDWR | os.O_DIRECT)
page = mmap.mmap(-1, 4096)
threads = [threading.Thread(target=os.pwrite, args=(fd, page, 4096 * i)) for i in range(200)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
END
all_arrived() {
	[ "$(counter a arrived 1)" -ge 200 ]
}
wait_until all_arrived
[ "$(counter a pending 1)" -gt 50 ] || sim_fail "no long delays"
timeout 30 dmsetup suspend --nolockfs a || sim_fail "suspend waits"
wait $! || sim_fail "the workload failed"
dmsetup resume a
