#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""workload-parallel.py DEVICE SEED: four threads of random I/O on a device."""
import mmap
import os
import random
import sys
import threading


def work(device, seed):
    choice = random.Random(seed)
    fd = os.open(device, os.O_RDWR | os.O_DIRECT)
    page = mmap.mmap(-1, 65536)
    for _ in range(40):
        size = 512 * choice.randrange(1, 128)
        view = memoryview(page)[:size]
        at = 512 * choice.randrange(4096)
        try:
            kind = choice.randrange(8)
            if kind == 0:
                os.fsync(fd)
            elif kind < 3:
                os.preadv(fd, [view], at)
            else:
                os.pwritev(fd, [view], at)
        except OSError:
            pass


threads = [threading.Thread(target=work, args=(sys.argv[1], int(sys.argv[2]) * 9 + i))
           for i in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
