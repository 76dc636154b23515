#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A table that was loaded when its device was alone on the rail, and that asks
# for another mode, is not resumed when there is another device now. I-RAIL-2
. "$(dirname "$0")/lib.sh"

sim_create a rail r
sim_table a load rail r mode auto
sim_create c rail r
dmsetup suspend a || sim_fail "no suspend"
dmesg -C
dmsetup resume a 2> /dev/null && sim_fail "the mode was changed behind the back of c"
dmesg | grep -q "mode conflicts" || sim_fail "no reason: $(dmesg)"
read -ra words <<< "$(dmsetup status c)"
expect "mode of c" "${words[4]}" pass
dmsetup remove --retry c || sim_fail "remove failed"
dmsetup resume a || sim_fail "no resume though a is alone again"
read -ra words <<< "$(dmsetup status a)"
expect "mode of a" "${words[4]}" auto
