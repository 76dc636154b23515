# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# The power fails at every write and flush, one after the other; all, or some of
# what was not flushed is lost. Then the target is refused, or it is whole.
[ -x "$BUILD/tests/fvd-cut" ] || fail "tests/fvd-cut was not built"
golden g03-base-compact
nr_unfinished=0 nr_whole=0
for ((at = 1;; at++)); do
	for seed in 0 1 2; do
		rm -f new raw
		: >new
		got=0
		CUT_AT=$at CUT_SEED=$seed "$BUILD/tests/fvd-cut" convert \
			--base "$base" "$image" new >out 2>err || got=$?
		[ $got != 0 ] || break 2
		is $got 99
		got=0
		fvd convert --to raw --base "$base" new raw >out 2>err || got=$?
		if [ $got = 0 ]; then
			cmp raw "$expected" || fail "at $at, seed $seed"
			expect 0 fvd check new
			nr_whole=$((nr_whole + 1))
			continue
		fi
		is $got 3
		! grep -q 'was not finished' err || nr_unfinished=$((nr_unfinished + 1))
		fvd convert --force --base "$base" "$image" new >out
		fvd check new >out
	done
done
echo "$at writes and flushes, $nr_unfinished unfinished, $nr_whole whole"
[ $at -gt 20 ] && [ $nr_unfinished -gt 30 ] && [ $nr_whole -gt 0 ] || fail "too few"
