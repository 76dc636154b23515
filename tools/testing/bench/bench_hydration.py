# SPDX-License-Identifier: GPL-2.0-only
"""The cases with a base that is far away: bringing it over in the background,
with and without a guest at work, and booting from it. Runs in the guest."""

import gzip
import json
import os
import time

import bench_peers
from bench_cases import Workshop
from bench_devices import (DM_STATUS, DM_WAIT, FAR, MIB, NEAR, Disk, dm_ioctl,
                           dm_message, run)

HERE = os.path.dirname(os.path.abspath(__file__))
FVD = bench_peers.FVD

# A steady guest: what it does, requests of 4 KiB a second, whether that is local.
LOADS = {"read-base": (("--order", "random"), 200, False),
         "read-local": (("--order", "random"), 500, True),
         "write-local": (("--order", "random", "--write", 2, "--fsync"), 100, True)}
LOCAL_MIB = 32


class FvdFlatFar(bench_peers.FvdFlat):
    local_extra_mib = 64


class FvdCompactFar(bench_peers.FvdCompact):
    local_factor = 2


def run_json(program, *words, **options):
    return json.loads(run(f"build/bench/{program}", *words, **options))


def prefetched_bytes(shop):
    return int(shop.peer.status()["prefetched_sectors"]) * 512


def prefetch_all(shop):
    """Virtual seconds from the message to the event that tells of the end."""
    event = dm_ioctl(DM_STATUS, "fvd")
    begin = time.monotonic()
    dm_message("fvd", "prefetch start")
    while True:
        event = dm_ioctl(DM_WAIT, "fvd", event=event)
        end = time.monotonic()
        if shop.peer.status()["complete"] == "1":
            return end - begin


def idle(peer_class, scale):
    """An idle guest, against a plain copy, one and sixteen requests deep."""
    size_mib = max(64, int(512 * scale))
    shop = Workshop(peer_class, size_mib, base=FAR, local=NEAR)
    before = shop.base.counts()
    seconds = prefetch_all(shop)
    read_bytes = shop.base.counts()["read_bytes"] - before["read_bytes"]
    shop.verify()
    shop.peer.close()
    copy = Disk("copy", size_mib, **NEAR)
    result = {"prefetch-mb-per-s": shop.base.size_bytes / seconds / 1e6,
              "read-per-base-byte": read_bytes / shop.base.size_bytes}
    for depth in (1, 16):
        done = run_json("bench-copy", shop.base.path, copy.path,
                        shop.base.size_bytes, depth)
        result[f"copy-{depth}-mb-per-s"] = done["bytes"] * 1e3 / done["ns"]
    copy.remove()
    shop.close()
    result["share-of-best-copy"] = (result["prefetch-mb-per-s"] /
                                    max(result["copy-1-mb-per-s"],
                                        result["copy-16-mb-per-s"]))
    return result


def loaded(peer_class, scale, load, prefetch):
    """p99 of a steady guest, and what prefetch did meanwhile. Five seconds pass
    before it is looked at."""
    words, rate, is_local = LOADS[load]
    shop = Workshop(peer_class, 1536, base=FAR, local=NEAR, fill=False)
    span = LOCAL_MIB * MIB if is_local else shop.span
    if is_local:
        shop.do("--write", 1, "--order", "sequential", "--io", MIB, "--span", span)
        shop.settle()

    def work(seconds, seed):
        return shop.io(shop.peer.path, "--span", span, "--rate", rate, "--count",
                       int(rate * seconds), "--seed", seed, *words)

    if prefetch:
        shop.peer.dm.message("fvd", "prefetch", "start")
    work(5, 3)
    before, begin = prefetched_bytes(shop), time.monotonic()
    done = work(max(3, 15 * scale), 5)
    speed = (prefetched_bytes(shop) - before) / (time.monotonic() - begin)
    if prefetch and shop.peer.status()["complete"] == "1":
        raise RuntimeError("prefetch ended while it was measured")
    shop.close()
    return done["p99_ns"], done["p50_ns"], speed


def hydration(peer_class, scale):
    result = idle(peer_class, scale)
    for load in LOADS:
        without, median_without, _ = loaded(peer_class, scale, load, False)
        p99, median, speed = loaded(peer_class, scale, load, True)
        result.update({f"{load}-p50-us-without": median_without / 1e3,
                       f"{load}-p50-us": median / 1e3,
                       f"{load}-p99-us-without": without / 1e3,
                       f"{load}-p99-us": p99 / 1e3,
                       f"{load}-p99-times": p99 / without,
                       f"{load}-prefetch-kib-per-s": speed / 1024})
    return result


class RawBoot(bench_peers.Raw):
    """The unreachable: a local disk."""


class FvdProfile(FvdCompactFar):
    """The same, with the profile of a boot before."""
    name = "dm-fvd compact, profile"
    setting = "as dm-fvd compact, with the profile that a boot before left"
    profile = "/run/bench/profile"

    def format(self):
        super().format()
        if not os.path.exists(self.profile):
            self.activate()
            self.dm.message("fvd", "profile", "record")
            replay(self.path, 1)
            self.dm.message("fvd", "profile", "save")
            self.close()
            run(FVD, "profile", "export", self.local.path, self.profile)
            super().format()
        run(FVD, "profile", "import", self.profile, self.local.path)


def replay(path, speed):
    with gzip.open(f"{HERE}/boot.trace.gz", "rt", encoding="ascii") as file:
        trace = file.read()
    return run_json("bench-replay", path, speed, input=trace)


def boot(peer_class, _scale):
    """The recorded boot, of processors one and three times as fast as that of the
    machine that was recorded."""
    result = {}
    for speed in (1, 3):
        shop = Workshop(peer_class, 2048, base=FAR, local=NEAR, fill=False)
        done = replay(shop.peer.path, speed)
        result[f"{speed}x-seconds"] = done["ns"] / 1e9
        result[f"{speed}x-base-mib"] = (shop.base.counts()["read_bytes"] -
                                        shop.before["read_bytes"]) / MIB
        result["guest-read-mib"] = done["read_bytes"] / MIB
        if isinstance(shop.peer, bench_peers.Fvd):
            result[f"{speed}x-profile-hits"] = int(shop.peer.status()["profile_hits"])
        shop.close()
    return result


CASES = {
    "hydration": (hydration, (FvdFlatFar, FvdCompactFar)),
    "boot": (boot, (RawBoot, bench_peers.Snapshot, bench_peers.Thin, bench_peers.Clone,
                    FvdCompactFar, FvdProfile)),
}
