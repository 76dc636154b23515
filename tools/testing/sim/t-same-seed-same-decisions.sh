#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The same seed and bios give the same hash of decisions in 20 runs.
. "$(dirname "$0")/lib.sh"

sim_create a cache 32768 mode auto max_delay_us 160 \
	rules 2 op=write,prob=1/4,flip=3 op=read,prob=1/8,error=medium
python3 - <<'END' > "$sim_folder/hashes" || sim_fail "the workload failed"
import mmap, os, random, subprocess
def message(*words):
    return subprocess.run(["dmsetup", "message", "a", "0", *words], check=True,
                          stdout=subprocess.PIPE).stdout
fd = os.open("/dev/mapper/a", os.O_RDWR | os.O_DIRECT)
page = mmap.mmap(-1, 4096)
for run in range(20):
    message("seed", "11")
    random.seed(4)
    for i in range(60):
        at = random.randrange(64) * 4096
        try:
            kind = random.randrange(5)
            if kind == 0: os.fsync(fd)
            elif kind < 3: os.preadv(fd, [page], at)
            else: os.pwrite(fd, page, at)
        except OSError:
            pass
    print(message("hash").decode().strip())
END
expect "runs" "$(wc -l < "$sim_folder/hashes")" 20
expect "different hashes" "$(sort -u "$sim_folder/hashes" | wc -l)" 1
