# SPDX-License-Identifier: GPL-2.0-only
"""The case smp: how one and two processors do. Without icount, which knows one
only, so in real time: each figure is the best of many short runs, taken in turns
with those of dm-linear. Runs in the guest."""

import json
import os
import subprocess

from bench_cases import BENCH_IO, Workshop, hydrate
from bench_devices import DeviceMapper, Disk, write_text

SIZE_MIB = 64
ROUNDS = 12


def set_processors(number):
    write_text("/sys/devices/system/cpu/cpu1/online", number - 1)


def rate(path, processes, count, words):
    """Requests a second of so many processes, each on a processor of its own."""
    running = []
    for number in range(processes):
        command = ["taskset", "-c", number, BENCH_IO, path, "--seed", 7 + number,
                   "--count", count, "--order", "random", "--span",
                   SIZE_MIB << 20, *words]
        # pylint: disable=consider-using-with
        running.append(subprocess.Popen([str(word) for word in command], text=True,
                                        stdout=subprocess.PIPE))
    results = [json.loads(process.communicate()[0]) for process in running]
    if any(process.returncode for process in running):
        raise RuntimeError(f"bench-io failed on {path}")
    return sum(1e9 * result["ios"] / result["ns"] for result in results)


def smp(peer_class, scale):
    rounds = max(2, int(ROUNDS * scale))
    count = max(500, int(10000 * scale))
    shop = Workshop(peer_class, SIZE_MIB)
    hydrate(shop)
    reference = Disk("reference", SIZE_MIB)
    dm = DeviceMapper()
    linear = dm.create("reference", f"0 {reference.sectors()} linear {reference.path} 0")
    # What hydrate() has written, so that the content stays what it is.
    cases = {"read": (), "write": ("--write", 1)}
    shop.io(linear, "--write", 1, "--order", "sequential", "--io", 1 << 20)
    best = {}
    for _ in range(rounds):
        for processors in (1, 2):
            set_processors(processors)
            for name, words in cases.items():
                for which, path in (("linear", linear), ("peer", shop.peer.path)):
                    key = f"{name}-{which}-{processors}"
                    best[key] = max(best.get(key, 0),
                                    rate(path, processors, count, words))
    set_processors(2)
    shop.verify()
    dm.remove_all()
    reference.remove()
    shop.close()
    return best
