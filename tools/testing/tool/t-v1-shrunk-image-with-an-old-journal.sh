# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
golden g09-dirty-table
poke "$image" 12 q 2097152
refused_until beyond-disk-ignored
truncate -s 2M "$expected"
cmp raw "$expected"
