#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Decisions depend on the order of arrival and not on processors or time: what
# four threads on all CPUs brought about is the same when the bios come again in
# that order, one by one, from one CPU.
. "$(dirname "$0")/lib.sh"

sim_create a cache 65536 mode auto max_delay_us 160
python3 - <<'END' || sim_fail "other decisions"
import mmap, os, random, subprocess, threading

fd = os.open("/dev/mapper/a", os.O_RDWR | os.O_DIRECT)

def message(*words):
    return subprocess.run(["dmsetup", "message", "a", "0", *words], check=True, text=True,
                          stdout=subprocess.PIPE).stdout

def submit(op, sector, sectors):
    try:
        if op == "flush":
            os.fsync(fd)
        elif op == "read":
            os.preadv(fd, [mmap.mmap(-1, sectors * 512)], sector * 512)
        else:
            os.pwrite(fd, mmap.mmap(-1, sectors * 512), sector * 512)
    except OSError:
        pass

def begin():
    message("set_state", "0")
    message("rule", "del", "all")
    for rule in ("op=write,prob=1/4,tag=91,flip=3", "op=read,every=5,tag=92,error=medium",
                 "op=flush,state=0,set=1,tag=93"):
        message("rule", "add", rule)
    message("seed", "21")

def arrivals():
    """All (op, sector, sectors) and what was decided, and the hash of that."""
    lines, position = [], 0
    while True:
        answer = message("trace", str(position)).splitlines()
        more = answer.pop().split()[1] if answer[-1].startswith("more ") else None
        lines += [line.split()[2:] for line in answer if line.split()[1] == "arrive"]
        if more is None:
            return lines, message("hash").split()[:2]
        position = more

def work(seed):
    choice = random.Random(seed)
    for _ in range(40):
        submit(choice.choice(["flush", "read", "write", "write"]),
               choice.randrange(1024), choice.randrange(1, 17))

begin()
threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
parallel, parallel_hash = arrivals()
cpus = os.sched_getaffinity(0)
os.sched_setaffinity(0, {min(cpus)})
begin()
for _, _, op, sector, sectors, *_ in parallel:
    submit(op, int(sector), int(sectors))
alone, alone_hash = arrivals()
for one, other in zip(parallel, alone):
    assert one == other, f"{len(cpus)} CPUs: {one}, one by one: {other}"
assert len(parallel) == len(alone) == 160, (len(parallel), len(alone))
assert parallel_hash == alone_hash, (parallel_hash, alone_hash)
assert len({line[6] for line in parallel}) == 3, "a rule did not fire"
END
