# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# Every golden image shows its expected content: converted to raw, and to flat
# and compact images of several block and chunk sizes, whose content is read by
# converting them to raw. The source is not written to.
nr=0
for name in $(golden_names); do
	golden "$name"
	sum=$(sha256sum "$image" $data)
	from=(${base:+--base "$base"} ${data:+--data "$data"})
	rm -f raw
	fvd convert --to raw "${from[@]}" "$image" raw >out
	cmp raw "$expected" || fail "$name: raw"
	for how in '' '--to flat' '--to compact' '--full' \
		'--full --to compact --chunk-size 4K' \
		'--to compact --block-size 64K --chunk-size 256K' \
		'--to flat --block-size 1M'; do
		# shellcheck disable=SC2086
		fvd convert $how "${from[@]}" "$image" new --force >out
		fvd check new >out
		base_again=(--base "${base:-none}")
		[[ $how != *--full* ]] || base_again=()
		fvd convert --to raw "${base_again[@]}" new raw --force >out
		cmp raw "$expected" || fail "$name: $how"
		rm new
		nr=$((nr + 1))
	done
	is "$(sha256sum "$image" $data)" "$sum"
done
is $nr 56
