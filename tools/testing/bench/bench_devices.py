# SPDX-License-Identifier: GPL-2.0-only
"""Disks below the competitors: null_blk with memory and a write cache, and what
the kernel counted on them. Runs in the guest."""

import fcntl
import os
import struct
import subprocess
import time

MIB = 1 << 20
CONFIG = "/sys/kernel/config/nullb"


def run(*words, **options):
    """Run a program; what it prints. Its failure ends the case."""
    done = subprocess.run([str(word) for word in words], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=False, **options)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, words))}: status "
                           f"{done.returncode}: {done.stderr.strip()}")
    return done.stdout


def write_text(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(str(text))


def read_text(path):
    with open(path, encoding="ascii") as file:
        return file.read()


def load_modules():
    run("modprobe", "configfs")
    if not os.path.ismount("/sys/kernel/config"):
        run("mount", "-t", "configfs", "configfs", "/sys/kernel/config")
    run("modprobe", "null_blk", "nr_devices=0")
    for module in ("dm-mod", "dm-delay", "dm-snapshot", "dm-thin-pool", "dm-persistent-data",
                   "dm-fvd"):
        run("modprobe", module)
    run("insmod", "build/bench/dm-clone.ko")
    run("insmod", "build/bench/dm-rotating.ko")


class Disk:
    """One null_blk device. What it holds is gone when it is removed."""

    # The whole cache has room for what one measurement writes: what the cache
    # would write back by itself is the disk's business, not the competitors'.
    CACHE_MIB = 512

    def __init__(self, name, size_mib, **attributes):
        self.name = name
        self.path = f"/dev/{name}"
        self.size_bytes = size_mib * MIB
        self.config = f"{CONFIG}/{name}"
        os.mkdir(self.config)
        values = {"size": size_mib, "memory_backed": 1,
                  "cache_size": self.CACHE_MIB, "blocksize": 512, "discard": 1,
                  "submit_queues": 1, **attributes, "power": 1}
        for key, value in values.items():
            write_text(f"{self.config}/{key}", value)
        if not os.path.exists(self.path):
            raise RuntimeError(f"null_blk made no {self.path}")
        # It counts writes in some windows of time and not in others, which is the
        # disk's driver and nobody's merit.
        write_text(f"/sys/block/{name}/queue/wbt_lat_usec", 0)

    def sectors(self):
        return self.size_bytes // 512

    def counts(self):
        """Requests that reached the disk since it was made."""
        words = [int(word) for word in
                 read_text(f"/sys/block/{self.name}/stat").split()]
        return {"reads": words[0], "read_bytes": words[2] * 512,
                "writes": words[4], "write_bytes": words[6] * 512,
                "flushes": words[15]}

    def flush(self):
        fd = os.open(self.path, os.O_RDWR)
        os.fsync(fd)
        os.close(fd)

    def remove(self):
        write_text(f"{self.config}/power", 0)
        os.rmdir(self.config)


# A server: it answers after 10 ms, and gives no more than 50 MB/s. null_blk lets
# 1048550 bytes through in 20 ms, of requests of 64 KiB these are 15: 49.2 MB/s.
FAR = {"irqmode": 2, "completion_nsec": 10_000_000, "mbps": 50, "max_sectors": 128}
# A fast local disk.
NEAR = {"irqmode": 2, "completion_nsec": 100_000}


class Above:
    """What takes its time, on a disk; what it counts is what the disk below
    counts."""

    def __init__(self, disk, name, target, *arguments):
        self.dm = DeviceMapper()
        self.disk = disk
        self.path = self.dm.create(name, " ".join(
            map(str, (0, disk.sectors(), target, disk.path, *arguments))))
        self.size_bytes = disk.size_bytes

    def sectors(self):
        return self.disk.sectors()

    def counts(self):
        return self.disk.counts()

    def flush(self):
        self.disk.flush()

    def remove(self):
        self.dm.remove_all()
        self.disk.remove()


class Slow(Above):
    """Its reads take the same time each."""

    def __init__(self, disk, delay_ms):
        super().__init__(disk, "slow", "delay", 0, delay_ms)


class Rotating(Above):
    """A head that moves, over a disk that turns; no write cache."""

    def __init__(self, disk):
        super().__init__(disk, f"rotating-{disk.name}", "rotating")


def kernel_bytes():
    """Memory that is neither free, nor what files or processes have. Free pages
    that wait on a processor's own lists, up to an eighth of all memory, count
    nowhere as free, though they are."""
    write_text("/proc/sys/vm/drop_caches", 3)
    write_text("/proc/sys/vm/stat_refresh", 1)
    kib = {line.split(":")[0]: int(line.split()[1])
           for line in read_text("/proc/meminfo").splitlines()}
    waiting = sum(int(line.split()[1])
                  for line in read_text("/proc/zoneinfo").splitlines()
                  if line.split()[:1] == ["count:"])
    return 1024 * (kib["MemTotal"] - kib["MemFree"] - kib["Active"] -
                   kib["Inactive"] - kib["Unevictable"]) - waiting * 4096


def difference(after, before):
    return {key: after[key] - before[key] for key in after}


# From linux/dm-ioctl.h: struct dm_ioctl up to its name, and all of it.
DM_HEAD = "=3I3Ii3IQ128s"
DM_BYTES = 312
DM_STATUS, DM_WAIT, DM_MESSAGE = 7, 8, 14


def dm_ioctl(command, name, payload=b"", event=0):
    """Ask device mapper itself; its number of the device's events. Where seconds
    count: to run dmsetup reads the host's files, and while the guest waits for
    those its virtual time flies."""
    size = 16384
    head = struct.pack(DM_HEAD, 4, 0, 0, size, DM_BYTES, 0, 0, 0, event, 0, 0,
                       name.encode("ascii"))
    data = bytearray(head.ljust(DM_BYTES, b"\0") + payload).ljust(size, b"\0")
    with open("/dev/mapper/control", "r+b", buffering=0) as control:
        fcntl.ioctl(control, 3 << 30 | DM_BYTES << 16 | 0xfd << 8 | command, data, True)
    return struct.unpack_from(DM_HEAD, data)[8]


def dm_message(name, text):
    dm_ioctl(DM_MESSAGE, name, struct.pack("=Q", 0) + text.encode("ascii") + b"\0")


class DeviceMapper:
    """dmsetup, and what has to be removed in the end."""

    def __init__(self):
        self.names = []

    def create(self, name, table):
        run("dmsetup", "create", name, "--table", table)
        self.names.append(name)
        return f"/dev/mapper/{name}"

    def message(self, name, *words):
        return run("dmsetup", "message", name, 0, *words)

    def remove_all(self):
        while self.names:
            name = self.names.pop()
            for attempt in range(20):
                try:
                    run("dmsetup", "remove", name)
                    break
                except RuntimeError:
                    if attempt == 19:
                        raise
                    time.sleep(0.1)
