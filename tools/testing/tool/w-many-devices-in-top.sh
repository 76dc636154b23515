# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# More than anybody looks at; no image, but of our kind.
modprobe dm-mod
trap 'dmsetup remove_all' EXIT
for i in {1..300}; do
	printf 'many%d,FVD-%d,,rw,0 8 zero;' "$i" "$i"
done >concise
dmsetup create --concise "$(sed 's/;$//' concise)"
expect 0 fvd top --interval 1 --count 1
is "$(grep -c '^many' out)" 300
