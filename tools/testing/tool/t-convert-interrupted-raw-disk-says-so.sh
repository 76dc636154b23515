# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# As above; what remains of a raw target begins with the mark, or it is
# the old image, untouched, or all of the disk.
[ -x "$BUILD/tests/fvd-cut" ] || fail "tests/fvd-cut was not built"
golden g02-base-flat
fvd create old --size 4M --flat >out
truncate -s 8M old
nr_unfinished=0 nr_whole=0
for ((at = 1;; at++)); do
	for seed in 0 1 2; do
		cp old new
		got=0
		CUT_AT=$at CUT_SEED=$seed "$BUILD/tests/fvd-cut" convert --force \
			--to raw --base "$base" "$image" new >out 2>err || got=$?
		[ $got != 0 ] || break 2
		is $got 99
		if cmp -s new "$expected"; then
			nr_whole=$((nr_whole + 1))
			continue
		fi
		if fvd convert --to raw new other >out 2>err; then
			# the old image, until the second flush: that of the mark
			[ $at -le 4 ] || fail "at $at, seed $seed"
			rm other
			continue
		fi
		says 'was not finished'
		nr_unfinished=$((nr_unfinished + 1))
	done
done
cmp new "$expected"
echo "$at writes and flushes, $nr_unfinished unfinished, $nr_whole whole"
[ $nr_unfinished -gt 20 ] || fail "too few"
