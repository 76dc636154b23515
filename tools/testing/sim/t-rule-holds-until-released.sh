#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A held write has no effect before it is released.
. "$(dirname "$0")/lib.sh"

sim_create a rules 1 op=write,count=1,hold
put /dev/mapper/a 0 A &
wait_pending a 1
expect "content while held" "$(get /dev/mapper/a 0)" .
m a release "$(dmsetup message a 0 list | cut -d' ' -f1)"
wait || sim_fail "the held write failed"
expect "content" "$(get /dev/mapper/a 0)" A
