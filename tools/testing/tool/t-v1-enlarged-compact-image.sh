# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# 1024 entries fill the table's page; what follows is the journal.
golden g04-nobase-compact
poke "$image" 12 q 134217728
refused_until beyond-table-as-zeros
expect 4 fvd check "$image"
says '	67108864 bytes at 67108864$' out
truncate -s 128M "$expected"
cmp raw "$expected"
