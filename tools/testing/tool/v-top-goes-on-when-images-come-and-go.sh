# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
setup_open 32M
fvd create "$image" --base "$base"
fvd open disk "$image"
# One that has no table.
dmsetup create empty --notable -u FVD-empty
trap 'dmsetup remove_all; cleanup' EXIT
expect 0 fvd top --interval 1 --count 1
says '^disk ' out
[ ! -s err ] || fail "it complains: $(cat err)"
dmsetup remove empty
# Closed, and open again: its counters begin anew.
cat /dev/mapper/disk >/dev/null
fvd top --interval 2 --count 1 >out &
sleep 0.5
fvd close disk
fvd open disk "$image"
wait $! || fail "it gave up"
awk '$1 == "disk" && ($3 > 100000 || $5 > 100) { exit 1 }' out || fail "wrong: $(cat out)"
# Closed for good.
fvd top --interval 1 --count 3 >out &
sleep 0.5
fvd close disk
wait $! || fail "it gave up"
is "$(grep -c '^NAME' out)" 3
