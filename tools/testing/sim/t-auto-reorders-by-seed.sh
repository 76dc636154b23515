#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In auto mode bios that wait together change order, by the seed.
. "$(dirname "$0")/lib.sh"

sim_create a max_delay_us 16000 rules 1 op=write,hold
cat > "$sim_folder/write.py" <<'END'
import mmap, os, threading
fd = os.open("/dev/mapper/a", os.O_RDWR | os.O_DIRECT)
page = mmap.mmap(-1, 4096)
threads = [threading.Thread(target=os.pwrite, args=(fd, page, 4096 * i)) for i in range(16)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
END
# run MODE SEED: sets $arrivals, $effects and $completions of 16 writes, which
# all have arrived before one of them is let go.
run() {
	m a mode "$1"
	m a seed "$2"
	python3 "$sim_folder/write.py" &
	wait_pending a 16
	m a release all
	wait $! || sim_fail "the workload failed"
	dmsetup message a 0 trace > "$sim_folder/trace"
	arrivals=$(order arrive) effects=$(order effect) completions=$(order complete)
}
order() {
	awk '$2 == "'"$1"'" && $5 == "write" { printf "%s ", $4 }' "$sim_folder/trace"
}
run pass 3
expect "effects in mode pass" "$effects" "$arrivals"
expect "completions in mode pass" "$completions" "$arrivals"
run auto 3
[ "$effects" != "$arrivals" ] || sim_fail "effects in order of arrival"
[ "$completions" != "$effects" ] || sim_fail "completions in order of effects"
first=$effects
run auto 3
expect "effects with the same seed" "$effects" "$first"
run auto 4
[ "$effects" != "$first" ] || sim_fail "another seed gives the same order"
