#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Each setting of the table line is changed by a message, and is then in the
# table line.
. "$(dirname "$0")/lib.sh"

sim_create a
m a seed 7
m a cache 65536
m a mode auto
m a max_delay_us 320
m a damage torn garbage
m a trace on
m a rule add op=read,every=3,flip=2 > /dev/null
expect "the table line" "$(dmsetup table a | cut -d' ' -f6-)" "14 seed 7 cache 65536 \
mode auto max_delay_us 320 torn garbage trace rules 1 op=read,tag=1,every=3,flip=2"
m a rule del all
m a trace off
m a damage none
m a max_delay_us 0
m a mode pass
m a cache 0
m a seed 0
expect "the plain table line" "$(dmsetup table a | cut -d' ' -f6-)" ""
