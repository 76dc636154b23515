#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The same seed and bios give the same hash of decisions in 20 runs.
. "$(dirname "$0")/lib.sh"

sim_create a cache 32768 mode auto max_delay_us 160 \
	rules 2 op=write,prob=1/4,flip=3 op=read,prob=1/8,error=medium
for ((run = 0; run < 20; run++)); do
	m a seed 11
	python3 - <<'END'
import os, mmap, random
random.seed(4)
fd = os.open("/dev/mapper/a", os.O_RDWR | os.O_DIRECT)
page = mmap.mmap(-1, 4096)
for i in range(60):
    at = random.randrange(64) * 4096
    try:
        kind = random.randrange(5)
        if kind == 0: os.fsync(fd)
        elif kind < 3: os.preadv(fd, [page], at)
        else: os.pwrite(fd, page, at)
    except OSError:
        pass
END
	hash=$(dmsetup message a 0 hash)
	[ $run -gt 0 ] || first=$hash
	expect "hash of run $run" "$hash" "$first"
done
