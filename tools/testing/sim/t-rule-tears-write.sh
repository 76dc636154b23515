#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A torn write is acknowledged, but only its first sectors are done.
. "$(dirname "$0")/lib.sh"

sim_create a
put /dev/mapper/a 0 A
m a rule add op=write,tear=3 > /dev/null
put /dev/mapper/a 0 B || sim_fail "not acknowledged"
expect "content" "$(get /dev/mapper/a 0)" BA
expect "torn after" "$(dd if=/dev/mapper/a bs=512 count=4 iflag=direct status=none | tr -d A | wc -c)" 1536
