# SPDX-License-Identifier: GPL-2.0-only
"""The case devices: 1, 100 and 1000 disks are activated at once. Runs in the
guest."""

import os
import resource

from bench_devices import Disk, kernel_bytes, run

SIZE_MIB = 16
BATCH = 50  # tables that fit into a command line


def first_byte(path):
    fd = os.open(path, os.O_RDONLY)
    os.pread(fd, 4096, 0)
    os.close(fd)


def cpu_seconds():
    """Of this process and those that it waited for; the clock runs on while these
    wait for files of the host."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF,
                                                  resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def activate_all(peers):
    """Seconds of CPU until a byte was read of each."""
    begin = cpu_seconds()
    for start in range(0, len(peers), BATCH):
        tables = [f"many{number},,,rw,{peers[number].table()}"
                  for number in range(start, min(start + BATCH, len(peers)))]
        run("dmsetup", "create", "--concise", ";".join(tables))
    for number in range(len(peers)):
        first_byte(f"/dev/mapper/many{number}")
    return cpu_seconds() - begin


def devices(peer_class, scale):
    counts = (1, 100, 1000) if scale >= 1 else (1, 10)
    base = Disk("base", SIZE_MIB)
    local_mib = SIZE_MIB * peer_class.local_factor + peer_class.local_extra_mib
    peers = []
    result = {}
    for count in counts:
        while len(peers) < count:
            number = len(peers)
            local = Disk(f"local{number}", local_mib)
            meta = Disk(f"meta{number}", 8) if peer_class.has_meta_disk else None
            peer = peer_class(base, local, meta)
            peer.format()
            peers.append(peer)
        before = kernel_bytes()
        result[f"{count}-ms"] = 1000 * activate_all(peers[:count])
        result[f"{count}-kib-each"] = max(0, kernel_bytes() - before) / 1024 / count
        for start in range(0, count, BATCH):
            run("dmsetup", "remove", *(f"many{number}" for number in
                                       range(start, min(start + BATCH, count))))
    for peer in peers:
        peer.local.remove()
        if peer.meta:
            peer.meta.remove()
    base.remove()
    return result
