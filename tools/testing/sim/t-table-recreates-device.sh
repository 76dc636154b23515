#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What "dmsetup table" prints makes the same device again.
. "$(dirname "$0")/lib.sh"

sim_create a seed 7 rail r cache 65536 mode manual max_delay_us 160 torn \
	rules 2 op=write,nth=3,error=medium op=flush,prob=1/2,state=1,lose,set=2
line=$(dmsetup table a)
dmsetup load a --table "$line" || sim_fail "not accepted: $line"
dmsetup suspend a && dmsetup resume a || sim_fail "suspend or resume failed"
expect "table after reload" "$(dmsetup table a)" "$line"
