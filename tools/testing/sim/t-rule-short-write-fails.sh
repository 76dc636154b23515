#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# short=K:STATUS does the first sectors, then fails.
. "$(dirname "$0")/lib.sh"

sim_create a
m a rule add op=write,count=1,short=2:medium > /dev/null
put /dev/mapper/a 0 A 2> /dev/null && sim_fail "acknowledged"
expect "content" "$(get /dev/mapper/a 0)" A.
expect "bytes done" "$(dd if=/dev/mapper/a bs=4096 count=1 iflag=direct status=none | tr -d '\0' | wc -c)" 1024
