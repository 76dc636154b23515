# SPDX-License-Identifier: GPL-2.0-only
"""The competitors, each on the same disks. Runs in the guest.

A competitor makes a writable disk of the disk "base" (a golden image, filled
with generation 0), on the disks "local" and "meta"."""

import os
import subprocess
import time

from bench_devices import DeviceMapper, run

FVD = "build/tools/fvd"


def clear(disk):
    """No old metadata there."""
    fd = os.open(disk.path, os.O_WRONLY)
    os.pwrite(fd, bytes(4096), 0)
    os.fsync(fd)
    os.close(fd)


class Peer:
    name = ""
    # What the competitor is configured with, for the document.
    setting = ""
    has_base = True
    # Size of the local disk, in sizes of the base, and what it has for metadata.
    local_factor = 1
    local_extra_mib = 32
    # At the disk's end, never touched.
    spared_bytes = 0
    # Are metadata on the disk "meta"?
    metadata_apart = True

    def __init__(self, base, local, meta):
        self.base, self.local, self.meta = base, local, meta
        self.dm = DeviceMapper()
        self.path = None

    def format(self):
        """What has to be done once, before the first activation."""

    # Does it need the disk "meta"?
    has_meta_disk = False

    def table(self):
        """The device mapper table, for those that have one."""
        raise NotImplementedError

    def activate(self):
        """Make self.path, new or as it was left by close()."""
        self.path = self.dm.create(self.dm_name, self.table())

    # Of the device that device mapper makes.
    dm_name = ""

    def settle(self):
        """Let background work end that an earlier phase has left."""
        fd = os.open(self.path, os.O_RDWR)
        os.fsync(fd)
        os.close(fd)

    def metadata_writes(self, local):
        """How many so far, where metadata have no disk of their own."""
        return 0

    def close(self):
        self.dm.remove_all()


class Raw(Peer):
    name = "raw"
    setting = "the disk itself; has no base"
    has_base = False

    def activate(self):
        self.path = self.local.path


class Linear(Peer):
    name = "dm-linear"
    setting = "the disk, by dm-linear; has no base"
    has_base = False
    dm_name = "linear"

    def table(self):
        return f"0 {self.base.sectors()} linear {self.local.path} 2048"


class Snapshot(Peer):
    metadata_apart = False

    def format(self):
        clear(self.local)
    name = "dm-snapshot"
    setting = "persistent, chunks of 4 KiB"
    dm_name = "snapshot"

    def table(self):
        return (f"0 {self.base.sectors()} snapshot {self.base.path} "
                f"{self.local.path} P 8")

    def metadata_writes(self, local):
        """All of its writes are of one chunk; the status tells how many of the
        allocated sectors are metadata, but not how often they were written."""
        allocated, metadata = (int(word.split("/")[0]) for word in
                               run("dmsetup", "status", "snapshot").split()[3:5])
        return local["write_bytes"] // 4096 - (allocated - metadata) // 8


class Thin(Peer):
    name = "dm-thin"
    setting = "external origin, blocks of 64 KiB, a metadata device"

    def format(self):
        clear(self.meta)
        self.create_pool()
        self.dm.message("pool", "create_thin 0")
        self.dm.remove_all()

    def create_pool(self):
        self.dm.create("pool", f"0 {self.local.sectors()} thin-pool {self.meta.path} "
                       f"{self.local.path} 128 0")

    def activate(self):
        self.create_pool()
        self.path = self.dm.create("thin", f"0 {self.base.sectors()} thin "
                                   f"/dev/mapper/pool 0 {self.base.path}")


class Clone(Peer):
    name = "dm-clone"
    setting = "regions of 4 KiB, a metadata device; hydration off while measured"
    region_sectors = 8
    dm_name = "clone"
    has_meta_disk = True

    def format(self):
        clear(self.meta)

    def table(self):
        # dm-clone has no offset on its destination, which may be larger.
        return (f"0 {self.base.sectors()} clone {self.meta.path} {self.local.path} "
                f"{self.base.path} {self.region_sectors} 1 no_hydration")


class Qcow2(Peer):
    """On the local disk, served by qemu-storage-daemon, attached by nbd."""
    name = "qcow2, nbd"
    setting = "clusters of 64 KiB, qemu-storage-daemon, nbd"
    metadata_apart = False
    socket = "/run/bench/nbd.socket"
    device = "/dev/nbd0"

    def __init__(self, base, local, meta):
        super().__init__(base, local, meta)
        self.daemon = None

    def format(self):
        run("modprobe", "nbd", "nbds_max=1")
        os.makedirs(os.path.dirname(self.socket), exist_ok=True)
        run("qemu-img", "create", "-q", "-f", "qcow2", "-b", self.base.path, "-F", "raw",
            self.local.path, self.base.size_bytes)

    def activate(self):
        disk = "driver=host_device,cache.direct=on,aio=native"
        # pylint: disable=consider-using-with
        self.daemon = subprocess.Popen([
            "qemu-storage-daemon",
            "--blockdev", f"{disk},node-name=local,filename={self.local.path}",
            "--blockdev", f"{disk},node-name=base-disk,filename={self.base.path},"
            "read-only=on",
            "--blockdev", "driver=raw,node-name=base,file=base-disk,read-only=on",
            "--blockdev", "driver=qcow2,node-name=disk,file=local,backing=base,"
            "discard=unmap",
            "--nbd-server", f"addr.type=unix,addr.path={self.socket}",
            "--export", "type=nbd,id=disk,node-name=disk,name=disk,writable=on"])
        for attempt in range(100):
            try:
                run("nbd-client", "-unix", self.socket, "-N", "disk", self.device)
                break
            except RuntimeError:
                if attempt == 99:
                    raise
                time.sleep(0.1)
        self.path = self.device

    def metadata_writes(self, local):
        """What it wrote is known, but not for what."""
        return 0

    def close(self):
        run("nbd-client", "-d", self.device)
        self.daemon.terminate()
        self.daemon.wait()
        if os.path.exists(self.socket):
            os.unlink(self.socket)


class Fvd(Peer):
    metadata_apart = False
    create_options = ()
    features = "0 0"
    dm_name = "fvd"

    def format(self):
        run(FVD, "create", "--force", "--base", self.base.path,
            *self.create_options, self.local.path)

    def table(self):
        return (f"0 {self.base.sectors()} fvd {self.local.path} {self.base.path} - "
                f"{self.features}")

    def settle(self):
        super().settle()
        self.dm.message("fvd", "checkpoint")

    def metadata_writes(self, local):
        """A commit is one write; so is a superblock; pages of a checkpoint that
        follow one another may share one, but are counted one by one."""
        status = self.status()
        return sum(int(status[key])
                   for key in ("commits", "checkpoints", "checkpoint_pages"))

    def journal_blocks(self):
        """In use, from the oldest that a recovery needs."""
        return int(run("dmsetup", "status", "fvd").split()[5].split("/")[0])

    def status(self):
        """Keys and values of the status line."""
        words = run("dmsetup", "status", "fvd").split()
        pairs = words[7:7 + int(words[6])]
        return dict(zip(pairs[::2], pairs[1::2]))


class FvdFlat(Fvd):
    name = "dm-fvd flat"
    setting = "flat, blocks of 4 KiB, defaults"
    create_options = ("--flat",)


class FvdCompact(Fvd):
    name = "dm-fvd compact"
    setting = "compact, on a device with ample room: three times the disk"
    create_options = ("--compact",)
    local_factor = 4


class FvdTight(FvdCompact):
    name = "dm-fvd compact, tight"
    setting = "compact, on a device of the disk's size: I/O is counted"
    local_factor = 1
    local_extra_mib = 4


class FvdPartial(Fvd):
    name = "dm-fvd flat, incomplete"
    setting = "flat, with 1 MiB left in the base: its bitmap is in use"
    create_options = ("--flat",)
    spared_bytes = 1 << 20


ALL = (Raw, Linear, Snapshot, Thin, Clone, Qcow2, FvdFlat, FvdPartial, FvdCompact,
       FvdTight)
