# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# Chunk 320 has storage 0; now chunk 100 has it, too.
golden g04-nobase-compact
entry=$(fvd dump "$image" | awk '/^table/ { t = 1; next } t { print $1; exit }')
is "$entry" 0
number=$(fvd dump "$image" | awk '/^table/ { t = 1; next } t { print $2; exit }')
poke "$image" $((8192 + 4 * 100)) I "${number%+*}"
refused_until shared-as-stored
expect 4 fvd check "$image"
says '	65536 bytes at 0$' out
says '	65536 bytes at 6553600$' out
dd if="$expected" of="$expected" bs=64K count=1 seek=100 conv=notrunc status=none
cmp raw "$expected"
