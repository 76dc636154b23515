# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
setup_open 32M
fvd create "$image" --base "$base"
fvd open disk "$image"
timeout 60 "$FVD" status --watch=1 disk >out &
# A read that finds no memory to keep what it got leaves that to a later one.
while kill -0 $! 2>/dev/null; do
	cat /dev/mapper/disk >/dev/null
	sleep 0.2
done
wait $! || fail "watching failed"
says '100.0 %' out
