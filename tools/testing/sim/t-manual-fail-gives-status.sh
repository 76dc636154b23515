#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# fail ID STATUS ends a bio without effect.
. "$(dirname "$0")/lib.sh"

sim_create a mode manual
put /dev/mapper/a 0 A 2> "$sim_folder/error" &
wait_pending a 1
m a fail 1 ENOSPC
wait $! && sim_fail "it succeeded"
grep -q "No space" "$sim_folder/error" || sim_fail "other error: $(cat "$sim_folder/error")"
expect "content" "$(get "$sim_device" 0)" .
