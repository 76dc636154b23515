#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Random I/O while modes, rules, cache, power and suspends change at random:
# nothing hangs, nothing is left pending. SIM_SEED repeats a run.
. "$(dirname "$0")/lib.sh"

seed=${SIM_SEED:-$RANDOM}
echo "$(basename "$0"): SIM_SEED=$seed"
sim_create a rail r seed "$seed"
sim_create b rail r torn garbage cache 65536
cat > "$sim_folder/io.py" <<'END'
import mmap, os, random, sys, time
random.seed(int(sys.argv[2]))
fd = os.open(sys.argv[1], os.O_RDWR | os.O_DIRECT)
end = time.time() + float(sys.argv[3])
while time.time() < end:
    size = 512 * random.randrange(1, 64)
    page = mmap.mmap(-1, size)
    at = 512 * random.randrange(1024)
    try:
        kind = random.randrange(8)
        if kind == 0:
            os.fsync(fd)
        elif kind == 1:
            os.pwritev(fd, [page], at, 2)
        elif kind < 5:
            os.preadv(fd, [page], at)
        else:
            os.pwrite(fd, page, at)
    except OSError:
        pass
END
cat > "$sim_folder/messages.py" <<'END'
import random, subprocess, sys, time
random.seed(int(sys.argv[1]))
end = time.time() + float(sys.argv[2])
def run(*words):
    subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=100)
choices = [
    "mode pass", "mode auto", "mode manual", "max_delay_us 0", "max_delay_us 320",
    "cache 0", "cache 4096", "cache 65536", "rule add op=write,prob=1/4,error",
    "rule add op=any,count=3,hold", "rule add op=read,count=2,flip=4",
    "rule add op=write,every=5,delay=20000", "rule add op=write,every=7,tear=1",
    "rule add op=write,every=9,misdirect=77", "rule add op=write,nth=9,cut",
    "break op=write", "wait_break 20", "rule del all", "list", "step all", "step next",
    "release all", "power_cut", "power_cut keep all", "power_cut keep none", "power_on",
    "power_on", "states", "trace", "coverage", "hash", "trace on", "trace off",
    "power_cut state 0", "replay status", "seed 3",
]
while time.time() < end:
    name = random.choice("ab")
    if random.randrange(10) == 0:
        run("dmsetup", "suspend", *random.choice([[], ["--noflush"]]), "--nolockfs", name)
        run("dmsetup", "resume", name)
    else:
        run("dmsetup", "message", name, "0", *random.choice(choices).split())
for name in "ab":
    for message in "rule del all", "mode pass", "release all", "power_on":
        run("dmsetup", "message", name, "0", *message.split())
END
seconds=${SIM_SECONDS:-10}
for name in a b a b; do
	python3 "$sim_folder/io.py" /dev/mapper/$name $((seed++)) "$seconds" &
done
python3 "$sim_folder/messages.py" "$seed" "$seconds" || sim_fail "a message hung"
for job in $(jobs -p); do
	in_time tail --pid="$job" -f /dev/null || sim_fail "I/O hangs: $(dmsetup status a)"
done
expect "bios pending at the end" "$(counter a pending 1)" 0
