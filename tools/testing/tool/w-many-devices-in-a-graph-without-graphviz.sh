# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# With more to draw than fits into the pipe to it.
modprobe dm-mod
trap 'dmsetup remove_all' EXIT
for i in {1..800}; do
	printf 'many%d,FVD-%d,,rw,0 8 zero;' "$i" "$i"
done >concise
dmsetup create --concise "$(sed 's/;$//' concise)"
fvd graph --format dot >out
[ "$(wc -c <out)" -gt 65536 ] || fail "only $(wc -c <out) bytes"
expect 1 env PATH=/nowhere "$FVD" graph --format svg
says 'dot: failed; --format svg needs Graphviz'
