#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A misdirected write lands elsewhere; one beyond an end comes round.
. "$(dirname "$0")/lib.sh"

sim_create a rules 1 op=write,count=1,misdirect=16
put /dev/mapper/a 1 A
expect "content" "$(get /dev/mapper/a 1)$(get /dev/mapper/a 3)" .A
m a rule add op=write,misdirect=-16 > /dev/null
put /dev/mapper/a 1 B
last=$(($(blockdev --getsz /dev/mapper/a) / 8 - 1))
expect "content at the end" "$(get /dev/mapper/a 1)" .
grep -q B <(tail -c 8192 "$sim_device") || sim_fail "not at block $last or before"
