# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# First writes, copy-on-write, and writes that meet in one block.

test_write_of_whole_blocks_reads_nothing_from_the_base() {
	for_layouts write_whole_blocks
}

write_whole_blocks() {
	activate
	reads_nothing_of "$base" write 4K 8K A
	reads_nothing_of "$base" write 2M 2M B
	holds 0 4K base
	holds 4K 8K A
	holds 12K 2M-12K base
	holds 2M 2M B
	expect_status fill_sectors 0 first_writes ">1"
}

test_write_of_a_part_keeps_the_rest_of_the_block() {
	local block
	for block in 4096 65536; do
		for_layouts write_parts
	done
}

write_parts() {
	give_up
	new_image "--$layout" --block-size $block
	activate no_copy_on_read
	# head, middle, tail, and the last sector of one and the first of the next
	write 1M 1s A
	write 2M+3s 2s B
	write 3M-1s 1s C
	write 4M-1s 2s D
	holds 1M 1s A
	holds 1M+1s 1M-1s base
	holds 2M 3s base
	holds 2M+3s 2s B
	holds 2M+5s 1M-6s base
	holds 3M-1s 1s C
	holds 3M 1M-1s base
	holds 4M-1s 2s D
	holds 4M+1s 1M-1s base
	# Five blocks, filled: all but what was written.
	expect_status fill_sectors "$((5 * block / 512 - 6))"
}

test_write_reads_only_what_it_does_not_overwrite() {
	new_image --flat --block-size 64K
	put_sim_below base
	activate no_copy_on_read
	# The middle blocks of a long unaligned write are not read.
	io_since sim-base write 64K+4K 512K A
	is "sectors read" "${io[read_sectors]}" 128
	holds 64K 4K base
	holds 68K 512K A
	holds 580K 60K base
}

# What lies behind the disk's last sector is not the disk's: in a flat image that
# fills its device it is not even there.
test_filler_of_the_last_block_ends_with_the_disk() {
	sectors=32765
	size=$((sectors * 512))
	new_image --flat
	put_sim_below image
	activate no_copy_on_read commit_interval_ms=3600000
	io_since sim-image write 16M-8s 1s A
	is "sectors written" "${io[write_sectors]}" 5
	holds 16M-8s 1s A
	holds 16M-7s 4s base
}

test_write_in_a_block_across_the_end_of_the_base() {
	base=$short
	for_layouts write_across_base_end
}

write_across_base_end() {
	activate no_copy_on_read
	write 9M+8s 1s A
	write 9M+15s 1s B
	holds 9M 8s base
	holds 9M+8s 1s A
	holds 9M+9s 4s base
	holds 9M+13s 2s zero
	holds 9M+15s 1s B
	holds 9M+16s 1M zero
}

test_write_behind_the_base_shows_nothing_stale() {
	base=$short
	for_layouts write_behind_base
}

# The rest of the block, and of the new chunk, is zeros.
write_behind_base() {
	activate
	write 12M+3s 1s A
	holds 12M 3s zero
	holds 12M+3s 1s A
	holds 12M+4s 4M-4s zero
	expect_status fill_sectors 0
}

test_write_to_a_new_chunk_shows_the_base_around_it() {
	new_image --compact
	activate
	write 5M+512K 4K A
	holds 5M 512K base
	holds 5M+512K 4K A
	holds 5M+516K 508K base
	expect_status used 1
}

test_write_across_chunks() {
	new_image --compact
	activate
	write 3M-5s 10s A
	holds 2M 1M-5s base
	holds 3M-5s 10s A
	holds 3M+5s 1M-5s base
	expect_status used 2
}

# Chunks that are smaller than one operation, and whose storage is not in their
# order: what went over the end of one would be in another's.
test_write_across_small_chunks() {
	new_image --compact --chunk-size 64K
	activate
	write 3M+128K 4K B
	write 3M+60K 136K A
	holds 3M 60K base
	holds 3M+60K 136K A
	holds 3M+196K 60K base
	expect_status used 4
}

test_write_never_reaches_the_base() { # I-WRT-2
	new_image --compact
	activate
	writes_nothing_to "$base" write_here_and_there
}

write_here_and_there() {
	write 0 1M A
	write 3M+1s 1s B
	zero 6M 2M
	flush
}

test_write_in_place_goes_straight_down() {
	new_image --compact
	put_sim_below image
	activate commit_interval_ms=3600000
	write 1M 4K A
	flush
	io_since sim-image write 1M+1s 2s B
	is "writes" "${io[write]}" 1
	is "sectors" "${io[write_sectors]}" 2
	is "other requests" "$((io[read] + io[flush] + io[fua]))" 0
	holds 1M 1s A
	holds 1M+1s 2s B
	holds 1M+3s 5s A
	expect_status first_writes 1
}

test_two_partial_writes_of_one_block_both_count() { # I-LCK-1 I-WRT-1
	for_layouts two_partial_writes
}

# Both arrive while the rest of the block has not come from the base yet.
two_partial_writes() {
	put_sim_below base
	activate no_copy_on_read
	tell sim-base rule add op=read,hold
	start first write 1M 1s A
	still_running first
	start second write 1M+7s 1s B
	still_running second
	release_sim sim-base
	finish first
	finish second
	holds 1M 1s A
	holds 1M+1s 6s base
	holds 1M+7s 1s B
	close_disk
	take_sim_away base
}

test_whole_write_waits_for_partial_write_of_its_block() {
	new_image --compact
	put_sim_below base
	activate no_copy_on_read
	tell sim-base rule add op=read,hold
	start partial write 1M+1s 2s A
	still_running partial
	start whole write 1M 4K B
	still_running whole
	release_sim sim-base
	finish partial
	finish whole
	# It came later and was not acknowledged earlier.
	holds 1M 4K B
}

test_partial_write_waits_for_whole_write_of_its_block() {
	new_image --compact
	put_sim_below image
	activate no_copy_on_read
	tell sim-image rule add op=write,hold
	start whole write 1M 4K A
	still_running whole
	start partial write 1M+1s 2s B
	still_running partial
	release_sim sim-image
	finish whole
	finish partial
	holds 1M 1s A
	holds 1M+1s 2s B
	holds 1M+3s 5s A
}

test_write_elsewhere_does_not_wait_for_a_held_block() { # I-LCK-2
	new_image --compact
	put_sim_below base
	activate no_copy_on_read
	tell sim-base rule add op=read,sectors=2048+8,hold
	start partial write 1M+1s 1s A
	still_running partial
	write 1M+4K 4K B
	write 1M+8K+1s 1s C
	release_sim sim-base
	finish partial
	holds 1M+1s 1s A
	holds 1M+4K 4K B
	holds 1M+8K+1s 1s C
}

test_base_error_fails_only_the_write_that_needs_it() {
	new_image --compact
	put_sim_below base
	activate no_copy_on_read
	tell sim-base rule add op=read,sectors=2048+8,error=medium
	fails ENODATA write 1M+1s 1s A
	write 1M+4K+1s 1s B
	write 1M 4K C
	holds 1M 4K C
	holds 1M+4K+1s 1s B
	# A write over the whole block does not need it.
	expect_status mode rw
}

# As many failures as you like: none leaves a chunk behind.
test_first_writes_over_a_dead_base_take_no_chunks() {
	local i
	new_image --compact --chunk-size 64K
	put_sim_below base
	activate no_copy_on_read
	tell sim-base rule add op=read,error
	for ((i = 0; i < 20; i++)); do
		fails EIO write $((i * 64))K+1s 1s A
	done
	expect_status used 0 reclaiming_chunks 0 dirty_pages 0 base_errors ">19"
	# Whole blocks need no base, and others find the chunk that they took.
	write 64K+4K 4K B
	expect_status used 1
	fails EIO write 64K+1s 1s C
	tell sim-base rule del all
	write 64K+1s 1s D
	write 128K+1s 1s E
	expect_status used 2
	activate_again no_copy_on_read
	expect_status used 2
	holds 0 64K+1s base
	holds 64K+1s 1s D
	holds 64K+2s 6s base
	holds 64K+4K 4K B
	holds 64K+8K 56K+1s base
	holds 128K+1s 1s E
	holds 128K+2s 1M base
	close_disk
	checks
}

# A chunk that a failed data write got stays with its place on the disk: the
# next write there has it, so failures can not use up the device.
test_first_writes_that_fail_below_share_one_chunk() {
	local i
	new_image --compact
	put_sim_below image
	activate no_copy_on_read
	tell sim-image rule add op=write,error
	for ((i = 0; i < 20; i++)); do
		fails EIO write 1M+$((i * 4))K 4K A
		fails EIO write 1M+$((i * 4))K+1s 1s A
	done
	expect_status used 1 local 0
	tell sim-image rule del all
	write 1M+1s 1s B
	expect_status used 1
	activate_again no_copy_on_read
	holds 1M 1s base
	holds 1M+1s 1s B
	holds 1M+2s 1M base
	close_disk
	checks
}

test_failed_write_leaves_the_block_to_the_base() { # I-MAP-1 I-WRT-1
	for_layouts failed_write
}

failed_write() {
	put_sim_below image
	activate no_copy_on_read
	tell sim-image rule add op=write,error
	fails EIO write 1M 4K A
	fails EIO write 2M+1s 1s A
	tell sim-image rule del all
	expect_status mode rw
	# In whole sectors: what was not acknowledged is old or new.
	holds 1M 4K base
	holds 2M 4K base
	write 1M+1s 1s B
	close_disk
	activate no_copy_on_read
	holds 1M 1s base
	holds 1M+1s 1s B
	holds 1M+2s 6s base
	close_disk
	take_sim_away image
}

# Two bugs of VDI: the second write to a unit relied on the first one's
# metadata, which never came.
test_write_after_a_failed_first_write_is_kept() {
	new_image --compact
	put_sim_below image
	activate
	tell sim-image rule add op=write,count=1,error
	fails EIO write 1M 4K A
	write 1M+4K 4K B
	activate_again
	holds 1M 4K base
	holds 1M+4K 4K B
}

# Two writes to parts of neighbouring blocks at a window's start are under way
# while the window is read: nothing of them is lost, and nothing of the base.
test_fetch_beside_two_delayed_partial_writes_keeps_all() {
	for_layouts two_delayed_partial_writes
}

two_delayed_partial_writes() {
	put_sim_below image
	activate fetch_window_bytes=65536
	tell sim-image rule add op=write,hold
	start first write 1M+1s 2s A
	start second write 1M+4K+3s 2s B
	still_running second
	start reader holds 1M+8K 4K base
	still_running second
	release_sim sim-image
	finish first
	finish second
	finish reader
	holds 1M 1s base
	holds 1M+1s 2s A
	holds 1M+3s 4K base
	holds 1M+4K+3s 2s B
	holds 1M+4K+5s 60K-5s base
	eventually expect_status local 16
	holds 1M+4K+3s 2s B
	holds 1M+4K+5s 60K-5s base
	close_disk
	checks
	take_sim_away image
}

test_write_after_a_delayed_first_write_is_durable() {
	new_image --compact
	with_cache
	activate
	tell sim-image rule add op=write,count=1,hold
	start first write 1M 4K A
	still_running first
	write 1M+4K 4K B
	flush
	still_running first
	power_cut
	try_finish first || :
	activate
	holds 1M 4K "base|A"
	holds 1M+4K 4K B
}
