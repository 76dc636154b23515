# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Images that are not, or no longer, what they should be: each is refused with
# words that say what was found, and nothing is written.
#
# Of a 16 MiB disk with a 64 KiB journal, in blocks of 4 KiB and chunks of 1 MiB:
# superblocks at 0 and 64K, bitmap at 128K (two slots of 4K), journal at 136K,
# table at 200K (two slots), checksums at 208K (two copies).

# damaged REGEX: the image is refused, read-only too.
damaged() {
	local written_length=1M
	writes_nothing_to "$image" refused "$1"
	writes_nothing_to "$image" refused "$1" read_only
}

test_what_is_no_image_is_refused() {
	new_image --compact
	on "$image" write 0 256K stale
	damaged "no FVD magic: found [0-9a-f]+, expected 00445646"
	on "$image" zero 0 256K
	damaged "no FVD magic: found [0-9a-f]+, expected 00445646"
}

test_device_too_small_for_a_superblock_is_refused() {
	new_image --compact
	slice tiny "$image" 0 1
	image=/dev/mapper/tiny
	refused "superblock unreadable"
}

test_image_cut_short_is_refused() { # I-MET-2
	new_image --compact
	slice cut "$image" 0 65536
	image=/dev/mapper/cut
	damaged "image device has 33554432 bytes, its superblock says 67108864"
}

test_one_good_superblock_copy_is_enough() {
	local copy
	for copy in 0 64K; do
		new_image --compact
		activate
		write 1M 4K A
		close_disk
		on "$image" write $copy 4K stale
		if ! activate_or_refused "checksum|magic|superblock"; then
			# The newest copy is lost: only a check may say so.
			checks 4
			"$fvd" check --repair "$image" >/dev/null
			activate
		fi
		holds 1M 4K A
		holds 2M 1M base
		close_disk
		checks
	done
}

# The older copy may not lead around the newest one.
activate_or_refused() {
	table_line
	if ask dm create disk "$table"; then
		made+=(disk)
		return
	fi
	logged "$1"
	return 1
}

test_two_bad_superblock_copies_are_refused() {
	new_image --compact
	do_ask flip "$image" 100
	do_ask flip "$image" 64K+100
	damaged "checksum"
}

test_newer_version_is_refused() {
	new_image --compact
	edit_image 's/^\tversion 3/\tversion 4/'
	damaged "version is 4, expected 3"
}

test_unknown_incompat_feature_is_refused() {
	new_image --compact
	edit_image 's/feature_incompat .*/feature_incompat 0x0000000000000101/'
	damaged "features 100"
}

test_unknown_ro_compat_feature_allows_reading() {
	new_image --compact
	activate
	write 1M 4K A
	close_disk
	edit_image 's/feature_ro_compat .*/feature_ro_compat 0x0000000000000010/'
	writes_nothing_to "$image" refused "unknown features 10 allow read-only use only"
	activate read_only
	holds 1M 4K A
	! ask dm load disk "0 32768 fvd $image $base - 0 0" ||
		fail "a writable table was loaded"
}

test_unknown_compat_feature_is_fine() {
	new_image --compact
	edit_image 's/feature_compat .*/feature_compat 0x0000000000000010/'
	activate
	write 1M 4K A
	holds 1M 4K A
}

test_image_that_needs_a_check_allows_reading() {
	new_image --compact
	activate
	write 1M 4K A
	close_disk
	edit_image 's/state_flags .*/state_flags 0x00000001/'
	writes_nothing_to "$image" refused "needs a check"
	activate read_only
	holds 1M 4K A
	close_disk
	"$fvd" check --repair "$image" >/dev/null
	activate
	holds 1M 4K A
}

test_unfinished_image_is_refused() {
	new_image --compact
	edit_image 's/state_flags .*/state_flags 0x00000002/'
	damaged "never finished"
}

# bad_field SED REGEX
bad_field() {
	new_image --compact
	edit_image "$1"
	damaged "$2"
}

test_fields_out_of_range_are_refused() { # I-FMT-1 I-FMT-3
	bad_field 's/\tblock_size .*/\tblock_size 5000/' "block size"
	bad_field 's/\tblock_size .*/\tblock_size 512/' "block size"
	bad_field 's/\tchunk_size .*/\tchunk_size 3000000/' "chunk size"
	bad_field 's/\tchunk_size .*/\tchunk_size 2048/' "chunk size"
	bad_field 's/\tvirtual_disk_size .*/\tvirtual_disk_size 16777217/' "size"
	bad_field 's/\tvirtual_disk_size .*/\tvirtual_disk_size 9223372036854775808/' "size"
	bad_field 's/\tjournal_tail_block .*/\tjournal_tail_block 16/' "journal"
	bad_field 's/\tchecksum_copy .*/\tchecksum_copy 2/' "checksum"
}

test_overlapping_regions_are_refused() { # I-FMT-1
	bad_field 's/\tjournal_offset .*/\tjournal_offset 131072/' "journal .* and bitmap .* overlap"
	bad_field 's/\ttable_offset .*/\ttable_offset 131072/' "table .* and bitmap .* overlap|bitmap .* and table .* overlap"
	bad_field 's/\tbitmap_offset .*/\tbitmap_offset 0/' "bitmap lies at 0"
	bad_field 's/\tdata_offset .*/\tdata_offset 0/' "data"
	bad_field 's/\tbitmap_offset .*/\tbitmap_offset 18446744073709547520/' "bitmap lies at 18446744073709547520"
	bad_field 's/\tjournal_offset .*/\tjournal_offset 67108864/' "journal lies at 67108864"
}

# More than a quarter of the memory. Whoever believed the superblock would take
# it; so the pages need not be there, and are not.
test_metadata_beyond_memory_is_refused() { # I-MET-2
	local key kib rest bitmap_mib
	while read -r key kib rest; do
		[ "$key" != MemTotal: ] || break
	done </proc/meminfo
	bitmap_mib=$((kib / 4096 + 8))
	printf '0 2048 linear %s 0\n2048 16777216 zero\n' "$image" |
		dmsetup create huge || fail "dmsetup create"
	made+=(huge)
	image=/dev/mapper/huge
	base=
	"$fvd" create --force --compact --size $((bitmap_mib * 32))G --block-size 4K \
		--journal-size 64K "$image" >/dev/null || fail "fvd create"
	sectors=$((bitmap_mib * 32 * 2097152))
	refused "metadata takes [0-9]+ bytes of memory, at most [0-9]+ are allowed"
}

# image_with_pages: one whose pages were written by a checkpoint
image_with_pages() {
	new_image --compact
	activate
	write 1M 4K A
	close_disk
}

test_damaged_bitmap_page_is_refused() {
	image_with_pages
	do_ask flip "$image" 128K+500
	do_ask flip "$image" 132K+500
	damaged "metadata page 0 has checksum .*, expected"
}

test_damaged_table_page_is_refused() {
	image_with_pages
	do_ask flip "$image" 200K+500
	do_ask flip "$image" 204K+500
	damaged "metadata page 1 has checksum .*, expected"
}

test_damage_of_the_other_slot_does_not_matter() {
	local slot other
	image_with_pages
	"$fvd" dump "$image" >"$folder/dump"
	# The page that the checkpoint left behind is nobody's.
	slot=$(sed -n 's/^\t0 slot \([01]\).*/\1/p' "$folder/dump" | tail -n1)
	[ "$slot" = 0 ] && other=132K || other=128K
	do_ask flip "$image" $other+500
	activate
	holds 1M 4K A
	close_disk
	checks
}

test_damaged_checksum_region_is_refused() {
	image_with_pages
	do_ask flip "$image" 208K+4
	do_ask flip "$image" 212K+4
	damaged "checksum region has checksum .*, expected"
}

test_slot_out_of_range_is_refused() {
	new_image --compact
	edit_image '/^checksum 0/,/^[^\t]*$/s/slot 0 crc .*/slot 7 crc 0x00000000/'
	damaged "slot 7, expected 0 or 1"
}

# 64 pages of bitmap, from 128K on, and their other slots. Those that are valid in one
# slot are read in long runs, or in batches with what lies between.
image_of_many_pages() {
	size=8G sectors=$((8 << 21))
	"$fvd" create --force --size 8G --base "$base" --journal-size 64K --compact \
		"$image" >/dev/null
}

test_pages_in_long_and_short_runs_are_read_again() {
	local at places=(0 385M 650M 3072M 5120M+4K 5250M 8188M)
	image_of_many_pages
	activate no_copy_on_read
	for at in "${places[@]}"; do
		write "$at" 4K A
		message checkpoint
	done
	activate_again no_copy_on_read
	for at in "${places[@]}"; do
		holds "$at" 4K A
	done
	holds 4K 64K base
	holds 4096M 64K zero
	close_disk
	checks
}

test_damaged_page_within_a_long_run_is_refused() {
	image_of_many_pages
	do_ask flip "$image" 128K+160K+500
	damaged "metadata page 40 has checksum .*, expected"
}

test_unreadable_metadata_is_refused() {
	new_image --compact
	put_sim_below image
	tell sim-image rule add op=read,sectors=256+16,error=medium
	writes_nothing_to "$image_disk" refused "metadata pages at 131072 are unreadable"
	tell sim-image rule del all
	tell sim-image rule add op=read,sectors=416+16,error=medium
	writes_nothing_to "$image_disk" refused "checksum region at .* is unreadable"
	tell sim-image rule del all
	tell sim-image rule add op=read,sectors=0+136,error=medium
	writes_nothing_to "$image_disk" refused "superblock unreadable"
	tell sim-image rule del all
	activate
	holds 1M 4K base
}

# table_entries TEXT: the table of a blank image
table_entries() {
	new_image --compact
	edit_image "s/^table 0 page 0 fill ff/table 0 page 0 entries\n\t$1/"
}

test_table_entry_beyond_the_device_is_refused() {
	table_entries "63 empty*1023"
	damaged "chunk"
}

test_storage_used_twice_is_refused() { # I-MAP-2
	table_entries "1 3 1 empty*1021"
	damaged "storage 1 of chunk 2 is used twice"
}

test_table_entry_behind_the_disk_is_refused() {
	table_entries "empty*16 3 empty*1007"
	damaged "table entry 16 is 00000003, but the disk has 16 chunks"
}

test_block_without_storage_is_refused() { # I-MAP-2
	new_image --compact
	edit_image 's/^checksum 0/bitmap 0 page 0 ones\n\t5+1\n&/'
	damaged "block 5 is marked as in the image, but its chunk 0 has no storage"
}

# image_with_log BODY...: unclean; each BODY is a journal block's records
image_with_log() {
	local text="" n=1 body
	# shellcheck disable=SC2086 # words
	new_image --compact ${log_layout-}
	for body in "$@"; do
		text+="journal block $((n - 1)) epoch 9 sequence $n crc auto\n$body\n"
		n=$((n + 1))
	done
	edit_image "s/clean_shutdown 1/clean_shutdown 0/
		s/stable_journal_epoch .*/stable_journal_epoch 9/
		s/^end$/${text}end/"
}

test_records_are_replayed_in_order() {
	# Chunk 3 is hidden by zeros: none of its blocks is the base's any more.
	image_with_log "\tentries 2 5\n\tblocks 512+4\n\tblocks 600+2" "\tblocks 516+4" \
		"\tentries 3 0 1\n\treset 3+1 zero\n\tblocks 1024+1"
	# Chunk 2 is at 5, 4 at 1; 3 was reset.
	do_ask write "$image" 6M 64K A as 4096
	do_ask write "$image" 6M+352K 8K B as 4800
	do_ask write "$image" 2M 4K C as 8192
	activate no_copy_on_read
	holds 2M 32K A
	holds 2M+32K 320K base
	holds 2M+352K 8K B
	holds 3M 1M zero
	holds 4M 4K C
	holds 4M+4K 1M-4K base
	expect_status used 2 local $((4 + 2 + 4 + 1 + 256))
	close_disk
	checks
}

# The original forgot what stood behind a bitmap record in the same block.
test_records_behind_a_blocks_record_count() {
	image_with_log "\tblocks 512+4\n\tentries 2 5\n\tentries 4 7\n\tblocks 1024+2"
	do_ask write "$image" 6M 16K A as 4096
	do_ask write "$image" 8M 8K B as 8192
	activate no_copy_on_read
	holds 2M 16K A
	holds 2M+16K 1M base
	holds 4M 8K B
	holds 4M+8K 1M base
	expect_status used 2 local 6
	close_disk
	checks
}

test_log_ends_at_a_torn_block() { # I-JRN-3
	image_with_log "\tentries 2 5\n\tblocks 512+4" "\tblocks 516+4" "\tblocks 520+4"
	do_ask flip "$image" 136K+4K+40
	do_ask write "$image" 6M 64K A as 4096
	activate no_copy_on_read
	holds 2M 16K A
	holds 2M+16K 1M-16K base
}

test_log_ends_at_another_epoch_or_sequence() {
	local change
	for change in 's/sequence 2 crc/sequence 1 crc/' 's/epoch 9 sequence 2/epoch 8 sequence 2/'; do
		image_with_log "\tentries 2 5\n\tblocks 512+4" "\tblocks 516+4"
		edit_image "$change"
		do_ask write "$image" 6M 64K A as 4096
		activate no_copy_on_read
		holds 2M 16K A
		holds 2M+16K 16K base
		close_disk
	done
}

test_journal_newer_than_the_superblock_is_refused() {
	image_with_log "\tentries 2 5\n\tblocks 512+4" "\tblocks 516+4"
	edit_image 's/sequence 2 crc/sequence 3 crc/'
	damaged "the journal is newer than the superblock"
	image_with_log "\tentries 2 5\n\tblocks 512+4"
	edit_image 's/block 0 epoch 9/block 0 epoch 10/'
	damaged "the journal is newer than the superblock"
}

test_records_that_make_no_sense_are_refused() { # I-JRN-2
	image_with_log "\tentries 2 5\n\tblocks 512+4" "\tblocks 5160000+4"
	damaged "5160000"
	image_with_log "\tentries 900 5"
	damaged "900"
	image_with_log "\tentries 2 4000"
	damaged "4000"
	image_with_log "\treset 15+2 zero"
	damaged "journal record covers chunks 15 . 2, the disk has 16"
	image_with_log "\tblocks 512+4"
	damaged "block 512 is marked as in the image, but its chunk 2 has no storage"
}

# A log of such records would make the activation take hours.
test_records_that_cover_too_much_are_refused() { # I-JRN-6
	local log_layout="--chunk-size 16K"
	# The disk has 1024 chunks.
	image_with_log "\treset 0+1024 zero\n\tentries 7 5" "\treset 0+1024 zero"
	damaged "reset record covers 1024 chunks, at most 256 are allowed"
	image_with_log "\treset 0+256 zero" "\treset 256+256 zero"
	activate
	holds 0 8M zero
	holds 8M 8M base
}

test_unknown_record_type_is_refused() {
	image_with_log "\tentries 2 5\n\tblocks 512+4"
	# The first record of the first block begins behind a header of 32 bytes.
	do_ask patch "$image" 136K+32 6300
	"$fvd" dump "$image" | sed '/^journal block 0/s/ crc [^ ]*/ crc auto/' >"$folder/after"
	if ! grep -q "^journal block 0 raw" "$folder/after"; then
		"$fvd" restore --force "$folder/after" "$image"
		damaged "record"
	else
		# A wrong checksum: the log is empty.
		activate
	fi
}

test_refused_images_leave_other_disks_alone() {
	new_image --compact
	activate
	write 1M 4K A
	image=$spare
	disk=/dev/mapper/disk2
	new_image --flat --size 8M --base "$short" 2>/dev/null || :
	on "$spare" write 0 1M stale
	refused "magic"
	disk=/dev/mapper/disk
	holds 1M 4K A
	write 2M 4K B
	holds 2M 4K B
}
