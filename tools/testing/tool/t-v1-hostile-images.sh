# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# Each gets a clear error, from every reader, and nothing else happens.
# NAME OFFSET FORMAT VALUE: what is said
nr=0
while IFS=: read -r edit message; do
	read -r name offset format value <<<"$edit"
	golden "$name"
	poke "$image" "$offset" "$format" "$value"
	expect 4 fvd check ${data:+--data "$data"} "$image"
	says "$message" out
	expect 3 fvd convert --to raw ${base:+--base "$base"} ${data:+--data "$data"} \
		"$image" raw
	says "$message"
	[ ! -e raw ] || fail "a file was left"
	expect 1 serve file="$image" ${base:+base="$base"} ${data:+data="$data"} -- true
	says "$message"
	got=0
	fvd dump "$image" >out 2>err || got=$?
	[ $got = 0 ] || [ $got = 3 ] || fail "dump: $got"
	nr=$((nr + 1))
done <<'END'
g02-base-flat 4 I 2:version is 2, expected 1
g02-base-flat 8 I 7:all_data_in_fvd_img is 7, expected 0 or 1
g02-base-flat 12 q 0:virtual_disk_size is 0
g02-base-flat 12 q 8388609:virtual_disk_size is 8388609, expected a multiple of 512
g02-base-flat 12 q -512:virtual_disk_size is -512
g02-base-flat 12 q 0x7ffffffffffffe00:virtual_disk_size is 9223372036854775296
g02-base-flat 20 q 4096:metadata_size is 4096, expected at least 8192
g02-base-flat 20 q 0x100000000:has 8409088 bytes, expected at least 4294967296 of metadata
g02-base-flat 20 q -1:metadata_size is -1
g02-base-flat 1068 q -512:base_img_size is -512
g02-base-flat 1068 q 0x2000000000000000:bitmap_size is 4096, expected at least
g02-base-flat 1076 q 0:bitmap has 4096 bytes at 0, expected whole pages from 8192
g02-base-flat 1076 q 8193:bitmap has 4096 bytes at 8193
g02-base-flat 1076 q 0x7ffffffffffff000:bitmap has 4096 bytes at 9223372036854771712
g02-base-flat 1076 q -4096:bitmap has 4096 bytes at -4096
g02-base-flat 1084 q 0x3ffffffffffff000:bitmap has 4611686018427383808 bytes
g02-base-flat 1084 q 0:bitmap_size is 0, expected at least 128
g02-base-flat 1092 i 0:block_size is 0, expected a multiple of 512 above 0
g02-base-flat 1092 i -4096:block_size is -4096
g02-base-flat 1092 i 1000:block_size is 1000
g02-base-flat 1084 q 8192:bitmap at 8192 and journal at 12288 overlap
g02-base-flat 4284 q 4096:journal has 8192 bytes at 4096
g02-base-flat 4292 q 0x7ffffffffffff000:journal_size is 9223372036854771712
g02-base-flat 4292 q 1000:journal_size is 1000, expected a multiple of 4096
g02-base-flat 4300 I 9:clean_shutdown is 9
g03-base-compact 2208 I 2:compact_image is 2
g03-base-compact 2212 q 16383:table has 4 bytes at 16383
g03-base-compact 2212 q 8192:bitmap at 8192 and table at 8192 overlap
g03-base-compact 2212 q 0x7ffffffffffff000:table has 4 bytes at
g03-base-compact 2220 q 0:chunk_size is 0
g03-base-compact 2220 q -4096:chunk_size is -4096
g03-base-compact 2220 q 5000:chunk_size is 5000
g03-base-compact 12288 I 8:chunk 0 has storage 8, expected one below 8, where the file ends
g03-base-compact 12288 I 0x7fffffff:chunk 0 has storage 2147483647
g05-datafile 12288 I 8:chunk 0 has storage 8, expected one below 8
g07-dirty-bitmap 12296 q -1:journal sector 0: bitmap record at byte 0 begins at sector -1
g07-dirty-bitmap 12800 I 0x12345678:journal sector 1: record at byte 0 has tag 12345678
g07-dirty-bitmap 12800 I 0xB4E6F7AC:journal sector 1: table record
g09-dirty-table 16392 I 126:journal sector 0: table record at byte 0 has 126 entries, expected at most 125
g09-dirty-table 16392 I 0xffffffff:journal sector 0: table record at byte 0 has 4294967295 entries
g09-dirty-table 16396 I 0xffffffff:journal sector 0: table record gives chunk 2 no storage
g09-dirty-table 16396 I 0xfffffffe:chunk 2 has storage 2147483646
END
is $nr 42
