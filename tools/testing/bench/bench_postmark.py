# SPDX-License-Identifier: GPL-2.0-only
"""The case postmark: Debian's postmark on ext4 on each competitor, on disks in
memory and on simulated rotating ones. Runs in the guest."""

import ctypes
import hashlib
import os
import re
import shutil
import subprocess
import time

from bench_devices import Disk, Rotating, difference, run

MOUNT = "/run/bench/mnt"
SIZE_MIB = 128
# The same file system each time: the seed of its directories included.
UUID = "6d2a1f7c-0f7e-4c8e-9d4b-5f6a7b8c9d0e"


def make_file_system(path):
    run("mke2fs", "-q", "-F", "-t", "ext4", "-U", UUID, "-E",
        f"hash_seed={UUID},lazy_itable_init=0,lazy_journal_init=0,nodiscard", path)


def mount(path):
    os.makedirs(MOUNT, exist_ok=True)
    run("mount", "-t", "ext4", "-o", "noatime", path, MOUNT)


def known_content():
    """A megabyte that nobody else writes."""
    return b"".join(hashlib.sha256(str(i).encode()).digest() for i in range(32768))


def fetch_postmark():
    """Where its program and libraries are in memory, as arguments to run it. The
    guest's clock runs on while it waits for a file of the host."""
    folder = "/run/bench/postmark"
    os.makedirs(folder, exist_ok=True)
    program = shutil.which("postmark")
    files = [program] + re.findall(r"(/\S+)", run("ldd", program))
    for file in files:
        shutil.copy(file, folder)
    loader = next(file for file in files if "/ld-" in file)
    return [f"{folder}/{os.path.basename(loader)}", "--library-path", folder,
            f"{folder}/postmark"]


def unmount():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.umount2(MOUNT.encode(), 0):
        raise OSError(ctypes.get_errno(), f"umount {MOUNT}")


def run_postmark(command, transactions):
    """Files created."""
    commands = (f"set location {MOUNT}\nset number {transactions // 2}\n"
                f"set transactions {transactions}\nset subdirectories 10\n"
                "set size 500 10000\nrun\nquit\n")
    done = subprocess.run(command, input=commands, text=True, check=True,
                          stdout=subprocess.PIPE)
    return int(re.search(r"(\d+) created", done.stdout).group(1))


def one_disk(peer_class, kind, transactions):
    disks = [Disk("base", SIZE_MIB),
             Disk("local", SIZE_MIB * peer_class.local_factor +
                  peer_class.local_extra_mib), Disk("meta", 64)]
    if kind == "rotating":
        disks = [Rotating(disk) for disk in disks]
    peer = peer_class(*disks)
    peer.format()
    peer.activate()
    make_file_system(peer.path)
    mount(peer.path)
    with open(f"{MOUNT}/known", "wb") as file:
        file.write(known_content())
        os.fsync(file.fileno())
    command = fetch_postmark()
    before = disks[1].counts()
    begin = time.monotonic_ns()
    created = run_postmark(command, transactions)
    # What is still in memory is work that was done for nobody yet.
    unmount()
    ns = time.monotonic_ns() - begin
    result = {"ns": ns, "ios": transactions, "created": created,
              "lower": difference(disks[1].counts(), before)}
    mount(peer.path)
    with open(f"{MOUNT}/known", "rb") as file:
        if file.read() != known_content():
            raise RuntimeError(f"{peer.name}: the known file is not what was written")
    unmount()
    run("e2fsck", "-fn", peer.path)
    peer.close()
    for disk in disks:
        disk.remove()
    return result


def postmark(peer_class, scale):
    transactions = max(200, int(4000 * scale))
    return {kind: one_disk(peer_class, kind, transactions)
            for kind in ("memory", "rotating")}
