#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# If allowed, a surviving block may be torn inside or hold garbage.
. "$(dirname "$0")/lib.sh"

sim_create a cache 1048576 torn garbage
head -c 65536 /dev/zero | tr '\0' A > "$sim_folder/a"
tr A B < "$sim_folder/a" > "$sim_folder/b"
dd if="$sim_folder/a" of=/dev/mapper/a bs=64k oflag=direct conv=fsync status=none
dd if="$sim_folder/b" of=/dev/mapper/a bs=64k oflag=direct status=none
answer=$(dmsetup message a 0 power_cut seed 3)
m a power_on
[[ $answer =~ torn\ [1-9] && $answer =~ garbage\ [1-9] ]] || sim_fail "$answer"
python3 - <<'END' || sim_fail "the blocks are not what was told: $answer"
import sys
data = open("/dev/mapper/a", "rb").read(65536)
kinds = {"old": 0, "new": 0, "torn": 0, "garbage": 0}
for at in range(0, 65536, 512):
    block = data[at:at + 512]
    new = len(block) - len(block.lstrip(b"B"))
    if block == b"A" * 512:
        kinds["old"] += 1
    elif new == 512:
        kinds["new"] += 1
    elif block[new:] == b"A" * (512 - new):
        kinds["torn"] += 1
    else:
        kinds["garbage"] += 1
sys.exit(not all(kinds.values()))
END
