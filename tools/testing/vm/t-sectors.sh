# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Disks with sectors of 4 KiB below: dm-sim fails what is not aligned, as they do.

# The disk says it, so that nobody above sends less.
has_sectors_of() {
	local found
	found=$(blockdev --getss "$disk") || fail "blockdev"
	is "sector size" "$found" "$1"
}

test_image_on_a_disk_of_4k_sectors() {
	base=$short
	for_layouts image_on_4k_sectors
}

image_on_4k_sectors() {
	put_sim_below image block_bytes 4096
	activate no_copy_on_read
	has_sectors_of 4096
	holds 0 9M base
	write 1M+4K 12K A
	write 9M+4K 4K B
	zero 3M 8K
	discard 5M 1M
	flush
	holds 1M+4K 12K A
	holds 9M+4K 4K B
	holds 3M 8K zero
	close_disk
	take_sim_away image
	checks
}

# Of such a size that the samples of the base's stamp would begin anywhere, were they not
# rounded to pages.
test_base_on_a_disk_of_4k_sectors() {
	local layout
	for layout in flat compact; do
		slice base-4k "$golden" 0 18448
		base=/dev/mapper/base-4k
		new_image "--$layout"
		put_sim_below base block_bytes 4096
		activate
		has_sectors_of 4096
		holds 0 9M+8K base
		holds 9M+8K 5M zero
		close_disk
		dm_remove sim-base
		dm_remove base-4k
	done
}

test_base_that_ends_within_a_sector_of_its_disk_is_refused() {
	base=$short
	new_image --compact
	base=$golden
	put_sim_below base block_bytes 4096
	refused "a device has sectors too large for the disk"
	logged "the base has 9443840 bytes, dm-[0-9]+ has sectors of 4096"
}

# As dmsetup would load it; fvd create does not make such an image.
test_disk_that_ends_within_a_sector_of_its_disk_is_refused() {
	size=9443840
	sectors=18445
	base=$short
	new_image --flat
	put_sim_below image block_bytes 4096
	refused "a device has sectors too large for the disk"
	logged "the disk has 9443840 bytes, dm-[0-9]+ has sectors of 4096"
	take_sim_away image
	# The disk has them also if only the base does.
	base=
	new_image --flat
	base=$golden
	put_sim_below base block_bytes 4096
	refused "a device has sectors too large for the disk"
}

# The base ends within a sector of the image's disk. Cut there, a read or write-zeroes of
# that sector could go to the image as a part of it, if somebody stored it meanwhile.
test_sector_in_which_the_base_ends_is_not_cut() { # I-BIO-4
	base=$short
	for_layouts sector_is_not_cut
}

sector_is_not_cut() {
	put_sim_below image block_bytes 4096
	activate
	tell sim-image rule add op=write,sectors=2048+100000,hold
	start writer write 9M+4K 4K A
	still_running writer
	do_ask tags "$disk" 9M 8K
	[[ $answer = "base:18432+13 zero:18445+3" ]] || fail "not written yet: $answer"
	start zeroer zero 9M+4K 4K
	still_running zeroer
	release_sim sim-image
	finish writer
	finish zeroer
	holds 9M+4K 4K zero
	write 9M+4K 4K B
	holds 9M+4K 4K B
	expect_status mode rw store_errors 0
	close_disk
	take_sim_away image
}

# Once fetched it is as any other: the base's part, and zeros.
test_sector_in_which_the_base_ends_is_prefetched() {
	base=$short
	new_image --compact
	put_sim_below image block_bytes 4096
	activate
	message prefetch start
	eventually expect_status complete 1
	do_ask tags "$disk" 9M 8K
	[[ $answer = "base:18432+13 zero:18445+3" ]] || fail "$answer"
	close_disk
	take_sim_away image
}

# Parts of blocks are filled from the base, and with zeros behind its end.
test_stress_on_4k_sectors() {
	local words
	for words in "flat short 4096" "compact short 65536"; do
		put_sim_below image block_bytes 4096
		# shellcheck disable=SC2086 # three words
		stress_run $words
		close_disk
		take_sim_away image
		dm_remove stress-base
		base=$golden
	done
}
