# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# What the manifest tells is what is found; and nothing is written.
nr=0
for name in $(golden_names); do
	golden "$name"
	sum=$(sha256sum "$image")
	is "$(value format_version "$image")" 1
	is "$(value virtual_size_bytes "$image")" "$(golden_value size "$name")"
	is "$(value clean "$image" | sed 's/True/1/; s/False/0/')" \
		"$(golden_value clean_shutdown "$name")"
	is "$(value journal_sectors "$image")" \
		"$(golden_value journal_sectors_with_records "$name")"
	is "$(value findings "$image")" 0
	want=0
	[ "$(golden_value killed "$name")" = False ] || want=2
	expect $want fvd check ${data:+--data "$data"} "$image"
	expect 8 fvd check --repair "$image"
	says 'version 1'
	is "$(sha256sum "$image")" "$sum"
	nr=$((nr + 1))
done
is $nr 8
