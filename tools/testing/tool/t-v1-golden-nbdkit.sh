# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# Every golden image shows its expected content through the plugin of nbdkit:
# as it is, and brought to format 3. Where the plugin tells of zeros, there are.
nr=0
read_all='qemu-img convert -f raw -O raw "$uri" raw'
for name in $(golden_names); do
	golden "$name"
	sum=$(sha256sum "$image")
	from=(file="$image" ${base:+base="$base"} ${data:+data="$data"})
	serve "${from[@]}" -- "$read_all"
	cmp raw "$expected" || fail "$name"
	fvd convert ${base:+--base "$base"} ${data:+--data "$data"} "$image" new >out
	serve file=new ${base:+base="$base"} -- "$read_all"
	cmp raw "$expected" || fail "$name, format 3"
	rm new
	is "$(sha256sum "$image")" "$sum"
	nr=$((nr + 1))
done
is $nr 8
