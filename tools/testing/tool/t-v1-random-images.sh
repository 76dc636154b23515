# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# Images of any shape: odd sizes of blocks and chunks, zeros left out, prefetched,
# killed, with a data file. SEED and COUNT may be set from outside.
seed=${SEED:-$(date +%s)} nr_missing=0
for ((i = 0; i < ${COUNT:-40}; i++)); do
	echo "SEED=$((seed + i))"
	python3 "$HERE/make-v1.py" $((seed + i)) v1
	base=v1.base.raw data=v1.data
	[ -e $base ] || base=
	[ -e $data ] || data=
	from=(${base:+--base $base} ${data:+--data $data})
	got=0
	fvd check ${data:+--data $data} v1.fvd >check.out 2>&1 || got=$?
	if [ $got = 4 ]; then
		# The only mistake that the model makes, too.
		is "$(grep -c 'convert --accept' check.out)" 1
		says 'missing-as-base' check.out
		expect 3 fvd convert --to raw "${from[@]}" v1.fvd raw
		says 'missing-as-base'
		from+=(--accept missing-as-base)
		nr_missing=$((nr_missing + 1))
	elif [ $got != 0 ] && [ $got != 2 ]; then
		fail "$(cat check.out)"
	fi
	fvd convert --to raw "${from[@]}" v1.fvd raw >out
	cmp raw v1.expected.raw
	for to in flat compact; do
		fvd convert --to $to "${from[@]}" v1.fvd new >out
		expect 0 fvd check new
		fvd convert --to raw --base "${base:-none}" new again >out
		cmp again v1.expected.raw || fail $to
		rm new again
	done
	rm -f raw v1.*
done
echo "$nr_missing images with blocks that had no storage"
