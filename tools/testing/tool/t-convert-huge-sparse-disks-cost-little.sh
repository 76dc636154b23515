# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# By runs, not by blocks: 1 TiB takes as long as what is written of it.
golden g01-nobase-flat
poke "$image" 12 q $((1 << 40))
truncate -s $(((1 << 40) + 8192)) "$image"
fvd convert --to raw "$image" raw >out
cmp -n 8388608 raw "$expected"
is "$(stat -c %s raw)" $((1 << 40))
fvd convert "$image" new --json >out
[ "$(json stored_bytes <out)" -lt 1000000 ] || fail "stored too much"
expect 0 fvd check new
