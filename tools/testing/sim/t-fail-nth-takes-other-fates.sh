#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# fail_nth counts from now, takes another fate than an error, replaces itself.
. "$(dirname "$0")/lib.sh"

sim_create a
put /dev/mapper/a 0 A
m a fail_nth 2 op=write,lose
put /dev/mapper/a 1 B
m a fail_nth 2 op=write,lose
put /dev/mapper/a 2 C
put /dev/mapper/a 3 D
expect "content" "$(get /dev/mapper/a 1)$(get /dev/mapper/a 2)$(get /dev/mapper/a 3)" BC.
expect "rules" "$(dmsetup message a 0 rules | wc -l)" 1
sim_refused a 'term 1 "op=wrote"' fail_nth 1 op=wrote
