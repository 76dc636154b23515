# SPDX-License-Identifier: GPL-2.0-only
"""The cases: what is done to each competitor. Runs in the guest."""

import json
import os
import resource
import time

import bench_peers
from bench_devices import MIB, Disk, Slow, difference, kernel_bytes, run

BENCH_IO = "build/bench/bench-io"

RANDOM = ("--order", "random")
AIO = ("--order", "random", "--engine", "aio", "--depth", 32)
RING = ("--order", "random", "--engine", "ring", "--depth", 32)


class Workshop:
    """Disks, a competitor on them, and the measurement loop."""

    def __init__(self, peer_class, size_mib, delay_ms=0, scratch="/run/bench",
                 base=None, local=None, fill=True):
        """@base and @local: attributes of these disks. Not filled they are zeros,
        and take no memory."""
        os.makedirs(scratch, exist_ok=True)
        self.state = f"{scratch}/state"
        if os.path.exists(self.state):
            os.unlink(self.state)
        self.base = Disk("base", size_mib, **(base or {}))
        # A flat image needs room for its metadata, dm-snapshot for its own.
        self.local = Disk("local", size_mib * peer_class.local_factor +
                          peer_class.local_extra_mib, **(local or {}))
        self.meta = Disk("meta", 64)
        # Every place that will be written has been written before: from here on
        # the disks allocate nothing. What was there must never be seen.
        for disk, generation, fill_mib in ((self.base, 0, size_mib),
                                           (self.local, 255,
                                            size_mib + peer_class.local_extra_mib),
                                           (self.meta, 255, 8)) if fill else ():
            self.io(disk.path, "--write", generation, "--order", "sequential",
                    "--io", MIB, "--span", fill_mib * MIB)
            disk.flush()
        if delay_ms:
            self.base = Slow(self.base, delay_ms)
        self.span = self.base.size_bytes - peer_class.spared_bytes
        self.peer = peer_class(self.base, self.local, self.meta)
        self.peer.format()
        self.before = self.base.counts()
        self.peer.activate()
        if not self.peer.has_base and fill:
            self.do("--write", 0, "--order", "sequential", "--io", MIB)
            self.settle()

    def io(self, path, *words):
        return json.loads(run(BENCH_IO, path, *words))

    def do(self, *words):
        """bench-io on the competitor, with its state file."""
        return self.io(self.peer.path, "--span", self.span, "--state", self.state,
                       *words)

    def lower(self):
        """What reached the disks so far."""
        local = self.local.counts()
        return {"local": local, "meta": self.meta.counts(),
                "metadata_writes": self.peer.metadata_writes(local)}

    def split(self, before, written_bytes):
        """Data and metadata that went to the disks since @before, with which
        the guest wrote @written_bytes. On one disk, what is more than the
        guest's own bytes is metadata: no phase makes a competitor with blocks
        of 4 KiB copy anything."""
        after = self.lower()
        local = difference(after["local"], before["local"])
        meta = difference(after["meta"], before["meta"])
        result = {"flushes": local["flushes"] + meta["flushes"],
                  "read_bytes": local["read_bytes"] + meta["read_bytes"],
                  "data_bytes": local["write_bytes"],
                  "metadata_bytes": meta["write_bytes"],
                  "metadata_writes": meta["writes"]}
        if not self.peer.metadata_apart:
            more = local["write_bytes"] - written_bytes
            result.update(data_bytes=written_bytes, metadata_bytes=more,
                          metadata_writes=after["metadata_writes"] -
                          before["metadata_writes"])
        return result

    def verify(self):
        return self.do("--verify")

    def settle(self):
        """What is dirty in memory is on the disks, and timers have run."""
        self.peer.settle()
        time.sleep(3)
        self.peer.settle()

    def close(self):
        self.peer.close()
        for disk in (self.base, self.local, self.meta):
            disk.remove()


def hydrate(shop):
    """All data is local, and nothing is left to do in the background."""
    shop.do("--write", 1, "--order", "sequential", "--io", MIB)
    shop.settle()


def hydrated(peer_class, scale):
    """Everything is local: reads and writes in place."""
    size_mib = max(4, int(64 * scale))
    count = int(5000 * scale)
    shop = Workshop(peer_class, size_mib)
    result = {}
    hydrate(shop)
    generation = 1
    # Enough of them that a tick of the clock more or less does not matter.
    big = ("--order", "sequential", "--io", MIB, "--count", 4 * size_mib)
    for name, words in (("read-4k-qd1", RANDOM), ("read-4k-qd32", AIO),
                        ("read-4k-qd32-ring", RING), ("write-4k-qd1", RANDOM),
                        ("write-4k-qd32", AIO), ("write-4k-qd32-ring", RING),
                        ("read-1m", big), ("write-1m", big)):
        if name.startswith("write"):
            generation += 1
            words += ("--write", generation)
        result[name] = shop.do("--count", count, "--seed", 7, *words)
    shop.verify()
    shop.close()
    return result


def first_write(peer_class, scale):
    """Each phase on a fresh competitor: places that were never written."""
    result = {}
    count = max(64, int(4000 * scale))
    for name, io_bytes, words in (
            ("4k-qd1", 4096, ()),
            ("4k-qd32", 4096, ("--engine", "aio", "--depth", 32)),
            ("64k-qd32", 65536, ("--engine", "aio", "--depth", 32)),
            ("4k-fsync", 4096, ("--fsync",)),
            ("64k-fsync", 65536, ("--fsync",))):
        shop = Workshop(peer_class, max(4, int(48 * scale)))
        shop.settle()
        number = count if io_bytes == 4096 else count // 8
        if "--fsync" in words:
            number //= 2
        before = shop.lower()
        result[name] = shop.do("--write", 1, "--order", "once", "--seed", 11,
                               "--io", io_bytes, "--count", number, *words)
        result[name]["lower"] = shop.split(before, result[name]["bytes"])
        shop.settle()
        shop.verify()
        shop.close()
    return result


def cold_read(peer_class, scale):
    """Reads of places that are in a slow base only, and the same again."""
    result = {}
    count = max(16, int(200 * scale))
    for delay_ms in (1, 10, 50):
        shop = Workshop(peer_class, 16, delay_ms)
        words = ("--order", "once", "--seed", 5, "--count", count)
        before = shop.base.counts()
        first = shop.do(*words)
        shop.settle()
        between = shop.base.counts()
        second = shop.do(*words)
        after = shop.base.counts()
        result[f"{delay_ms}ms-first"] = first
        result[f"{delay_ms}ms-second"] = second
        fetched = between["read_bytes"] - before["read_bytes"]
        result[f"{delay_ms}ms-fetched-per-byte"] = fetched / first["bytes"]
        result[f"{delay_ms}ms-fetched-again"] = (after["read_bytes"] -
                                                 between["read_bytes"]) / first["bytes"]
        shop.verify()
        shop.close()
    return result


def one_activation(peer):
    """Microseconds of CPU of the processes that activate it; what waits for the
    host's files, as these do to be loaded, is no measure of anything."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    peer.activate()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    fd = os.open(peer.path, os.O_RDONLY)
    os.pread(fd, 4096, 0)
    os.close(fd)
    return 1e6 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def activation(peer_class, scale):
    """Clean activation of disks of 1 GiB and 1 TiB, and the memory it takes."""
    result = {}
    for name, size_mib in (("1g", 1024), ("1t", 1024 if scale < 1 else 1 << 20)):
        base = Disk("base", size_mib)
        local = Disk("local", size_mib * peer_class.local_factor + 1024)
        meta = Disk("meta", 1024)
        peer = peer_class(base, local, meta)
        if name == "1t":
            # As dm-fvd has it by default for such a disk: blocks of 32 KiB.
            peer.region_sectors = 64
        peer.format()
        one_activation(peer)
        peer.close()
        before = kernel_bytes()
        result[f"{name}-us"] = one_activation(peer)
        result[f"{name}-kib"] = max(0, kernel_bytes() - before) / 1024
        peer.close()
        for disk in (base, local, meta):
            disk.remove()
    return result


def recovery(peer_class, scale):
    """Activation after a crash, against what is in the journal: the disk is
    copied while it is open and at rest, and the copy is opened."""
    class Peer(peer_class):
        """With the journal that larger disks have; half of it can be in use
        before a checkpoint begins."""
        create_options = (*peer_class.create_options, "--journal-size", "16M")

    result = {}
    for blocks in (0, 500, 1000, 2000):
        count = int(blocks * min(1, scale)) if blocks else 0
        shop = Workshop(Peer, 16)
        # One journal block for each.
        if count:
            shop.do("--write", 1, "--order", "once", "--fsync", "--count", count)
        used = shop.peer.journal_blocks()
        crashed = Disk("crashed", shop.local.size_bytes // MIB)
        run("dd", f"if={shop.local.path}", f"of={crashed.path}", "bs=1M",
            "iflag=direct", "oflag=direct")
        shop.peer.close()
        original, shop.peer.local = shop.peer.local, crashed
        result[f"{blocks}-us"] = one_activation(shop.peer)
        result[f"{blocks}-journal-blocks"] = used
        shop.verify()
        shop.peer.local = original
        crashed_peer_close(shop, crashed)
    return result


def crashed_peer_close(shop, crashed):
    shop.peer.close()
    crashed.remove()
    for disk in (shop.base, shop.local, shop.meta):
        disk.remove()


def mark_activation(peer_class):
    """Of an empty disk of 1 TiB, dmsetup included, the second time."""
    base, local = Disk("base", 1 << 20), Disk("local", (1 << 20) + 1024)
    peer = peer_class(base, local, None)
    peer.format()
    peer.activate()
    peer.close()
    run(BENCH_IO, "--mark", "begin")
    peer.activate()
    run(BENCH_IO, "--mark", "end")
    peer.close()
    base.remove()
    local.remove()


def profile(peer_class, _scale):
    """The same paths, marked for the profiler; what is returned is what was
    marked, in order."""
    marks = [["activate-1t", 1]]

    def marked(shop, name, count, *words):
        shop.do("--markers", "--seed", 7, "--count", count, *words)
        marks.append([name, count])

    mark_activation(peer_class)
    shop = Workshop(peer_class, 16)
    hydrate(shop)
    marked(shop, "read", 1000, *RANDOM)
    marked(shop, "write", 1000, "--write", 2, *RANDOM)
    marked(shop, "read-qd32", 1000, *AIO)
    marked(shop, "write-qd32", 1000, "--write", 3, *AIO)
    shop.verify()
    shop.close()
    for name, words in (("first-write", ()), ("first-write-qd32", AIO[2:])):
        shop = Workshop(peer_class, 24)
        marked(shop, name, 2000, "--write", 1, "--order", "once", *words)
        shop.settle()
        shop.verify()
        shop.close()
    shop = Workshop(peer_class, 16)
    marked(shop, "first-write-fsync", 500, "--write", 1, "--order", "once", "--fsync")
    shop.verify()
    shop.close()
    return marks


CASES = {
    "hydrated": (hydrated, bench_peers.ALL),
    "first-write": (first_write, tuple(peer for peer in bench_peers.ALL if peer not in
                                       (bench_peers.FvdPartial,
                                        bench_peers.FvdTight))),
    # The daemon of qcow2 goes on running, and its share can not be told.
    "activation": (activation, tuple(peer for peer in bench_peers.ALL if peer not in
                                     (bench_peers.Raw, bench_peers.Qcow2,
                                      bench_peers.FvdPartial,
                                      bench_peers.FvdTight))),
    "activation-words": (activation, (bench_peers.Linear, bench_peers.Clone,
                                      bench_peers.FvdFlat, bench_peers.FvdCompact)),
    "recovery": (recovery, (bench_peers.FvdFlat, bench_peers.FvdCompact)),
    "cold-read": (cold_read, (bench_peers.Snapshot, bench_peers.Thin, bench_peers.Clone,
                              bench_peers.FvdFlat, bench_peers.FvdCompact)),
    "profile": (profile, (bench_peers.Linear, bench_peers.FvdFlat,
                          bench_peers.FvdCompact)),
}
