# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Compact images: discard, write-zeroes, free chunks, no space left.

# little_image CHUNKS: a compact image with room for so many
little_image() {
	slice little "$image" 0 $((2048 + $1 * 2048))
	image=/dev/mapper/little
	new_image --compact
}

test_discard_gives_whole_chunks_back_and_reads_zero() {
	new_image --compact
	activate
	write 1M 3M A
	expect_status used 3
	discard 2M 1M
	expect_status discarded_chunks 1
	holds 1M 1M A
	holds 2M 1M zero
	holds 3M 1M A
	flush
	eventually expect_status used 2
	activate_again
	holds 1M 1M A
	holds 2M 1M zero
	holds 3M 1M A
	expect_status used 2
}

test_discard_behind_the_base_leaves_nothing_behind() {
	base=$short
	new_image --compact
	activate
	write 12M 1M A
	discard 12M 1M
	holds 12M 1M zero
	write 12M+64K 4K B
	holds 12M 64K zero
	holds 12M+64K 4K B
	holds 12M+68K 1M-68K zero
}

test_discard_hides_what_is_in_the_base() {
	new_image --compact
	activate no_copy_on_read
	discard 4M 2M
	reads_nothing_of "$base" holds 4M 2M zero
	holds 3M 1M base
	holds 6M 1M base
	activate_again
	holds 4M 2M zero
	expect_status used 0
}

test_write_into_a_discarded_chunk_keeps_zeros_around_it() {
	new_image --compact
	activate
	write 4M 1M A
	discard 4M 1M
	write 4M+64K+1s 1s B
	holds 4M 64K+1s zero
	holds 4M+64K+1s 1s B
	holds 4M+64K+2s 1M-64K-2s zero
	activate_again
	holds 4M 64K+1s zero
	holds 4M+64K+1s 1s B
	holds 4M+64K+2s 1M-64K-2s zero
}

test_discard_of_a_part_of_a_chunk_shows_old_or_zero() {
	new_image --compact
	activate
	write 1M 1M A
	discard 1M+64K 128K
	holds 1M 64K A
	holds 1M+64K 128K "A|zero"
	holds 1M+192K 832K A
	expect_status used 1
}

test_discard_waits_for_a_write_to_its_chunk() { # I-DIS-1
	new_image --compact
	put_sim_below image
	activate no_copy_on_read commit_interval_ms=3600000
	tell sim-image rule add op=write,hold
	start held write 4M+4K 4K A
	still_running held
	start reset discard 4M 1M
	still_running reset
	release_sim sim-image
	finish held
	finish reset
	holds 4M 1M zero
	close_disk
	checks
}

test_discard_of_all_but_a_sector_of_a_chunk_keeps_that() {
	new_image --compact
	activate no_copy_on_read
	write 3M 3M A
	discard 3M+1s 2047s
	holds 3M 1s A
	discard 4M 2047s
	holds 4M+2047s 1s A
	holds 5M 1M A
}

# Replay may end behind any block of the journal: the entry of a chunk that was
# discarded must not be durable without the bits that hide its base.
test_refilled_chunk_and_its_bits_share_a_journal_block() { # I-JRN-5
	local i
	new_image --compact --chunk-size 16K
	activate no_copy_on_read commit_interval_ms=3600000
	discard 0 "$size"
	flush
	for ((i = 0; i < 150; i++)); do
		write $((i * 16))K 4K A
	done
	flush
	dd if="$image" of=snapshot bs=1M iflag=direct status=none
	"$fvd" dump snapshot >text || fail "no dump"
	# "entries CHUNK NUMBER", then "blocks FIRST+COUNT".
	awk '$1 == "entries" { if (entry != "" || NF != 3) exit 1; entry = $2; n++; next }
		entry != "" { if ($1 != "blocks" || $2 != entry * 4 "+4") exit 1
			entry = "" }
		END { exit n != 150 }' text || fail "$(grep -A3 entries text | head)"
}

test_discard_across_many_chunks() {
	new_image --compact
	activate no_copy_on_read
	write 2M 4M A
	discard 1M+512K 4M
	holds 1M 512K base
	holds 1M+512K 512K "base|zero"
	holds 2M 3M zero
	holds 5M 512K "A|zero"
	holds 5M+512K 512K A
	flush
	eventually expect_status used 1
}

test_no_discard_refuses_discards() {
	new_image --compact
	activate no_discard
	write 1M 1M A
	fails ENOTSUP discard 1M 1M
	holds 1M 1M A
	reload
	discard 1M 1M
	holds 1M 1M zero
}

test_discard_of_a_flat_image_shows_old_or_zero() {
	new_image --flat
	activate no_copy_on_read
	write 1M 1M A
	if ! try_discard 1M 2M; then
		[ "$answer" = ENOTSUP ] || fail "discard: $answer"
	fi
	do_ask tags "$disk" 2M 64K
	[[ $answer = base:* || $answer = zero:* ]] || fail "found $answer"
	holds 0 1M base
	holds 3M 1M base
}

test_unflushed_discard_is_old_or_zero_after_a_power_cut() { # I-DIS-2
	new_image --compact
	with_cache
	activate commit_interval_ms=3600000
	write 1M 1M A
	flush
	discard 1M 1M
	discard 4M 1M
	power_cut
	activate
	holds 1M 1M "A|zero"
	holds 4M 1M "base|zero"
}

test_flushed_discard_survives_a_power_cut() {
	new_image --compact
	with_cache
	activate commit_interval_ms=3600000
	write 1M 1M A
	flush
	discard 1M 1M
	discard 4M 1M
	flush
	power_cut
	activate
	holds 1M 1M zero
	holds 4M 1M zero
	expect_status used 0
}

# More chunks than one record may cover, whatever the bios were.
test_flushed_discard_of_many_chunks_survives_a_power_cut() {
	new_image --compact --chunk-size 16K
	with_cache
	activate commit_interval_ms=3600000 no_copy_on_read
	write 8M 64K A
	discard 16K 12M
	flush
	power_cut
	activate no_copy_on_read
	holds 0 16K base
	holds 16K 12M zero
	holds 12M+16K 4M-16K base
	expect_status used 0
}

# What a fetch put into the image is in memory only; a discard in place relies on
# it, and the flush after it has to commit it.
test_flushed_discard_of_fetched_blocks_survives_a_power_cut() {
	new_image --flat
	with_cache
	do_ask limit "$image" discard_max_bytes
	[ "$answer" -gt 0 ] || skip "the device below has no discard"
	activate commit_interval_ms=3600000
	holds 1M 64K base
	eventually expect_status local 16
	discard 1M 64K
	do_ask tags "$disk" 1M 64K
	[[ $answer = zero:* ]] || skip "a discard below does not make zeros"
	flush
	power_cut
	activate no_copy_on_read
	holds 1M 64K zero
	holds 1M+64K 64K base
}

test_write_zeroes_reads_zero() {
	base=$short
	for_layouts write_zeroes
}

# Over the base, over data, parts of blocks, whole chunks, behind the base.
write_zeroes() {
	activate no_copy_on_read
	write 2M 1M A
	zero 1M+1s 3s
	zero 2M+64K 64K
	zero 3M 2M
	zero 9M+12s 3s
	zero 12M 1M+1s
	zero_content
	activate_again no_copy_on_read
	zero_content
}

zero_content() {
	holds 0 1M+1s base
	holds 1M+1s 3s zero
	holds 1M+4s 1M-4s base
	holds 2M 64K A
	holds 2M+64K 64K zero
	holds 2M+128K 896K A
	holds 3M 2M zero
	holds 5M 4M+12s base
	holds 9M+12s 7M-12s zero
}

test_write_zeroes_of_whole_chunks_takes_no_space() {
	new_image --compact
	activate no_copy_on_read
	do_ask limit "$disk" write_zeroes_max_bytes
	[ "$answer" -gt 0 ] || skip "the device below has no write-zeroes"
	write 1M 4M A
	zero 1M 8M
	expect_status discarded_chunks 8
	flush
	eventually expect_status used 0
	holds 1M 8M zero
}

test_write_zeroes_is_durable_after_a_flush() {
	new_image --compact
	with_cache
	activate commit_interval_ms=3600000
	write 1M 1M A
	flush
	zero 1M+4K 8K
	zero 2M 1M
	zero 3M+1s 1s
	flush
	power_cut
	activate
	holds 1M 4K A
	holds 1M+4K 8K zero
	holds 1M+12K 1012K A
	holds 2M 1M zero
	holds 3M 1s base
	holds 3M+1s 1s zero
	holds 3M+2s 1M-2s base
}

test_freed_chunks_are_used_again() {
	local round
	little_image 3
	activate no_copy_on_read
	for round in 1 2 3 4; do
		write 0 3M A
		expect_status space full used 3
		discard 0 3M
		flush
		eventually expect_status used 0 reclaiming_chunks 0
		write 8M 2M+4K B
		holds 8M 2M+4K B
		holds 10M+4K 1M-4K "base|zero"
		holds 0 3M zero
		discard 8M 3M
		flush
		eventually expect_status used 0 reclaiming_chunks 0
	done
	expect_status no_space 0
}

test_write_takes_a_chunk_whose_discard_was_not_flushed() {
	little_image 2
	activate no_copy_on_read commit_interval_ms=3600000
	write 0 2M A
	discard 0 1M
	write 8M 4K B
	holds 0 1M zero
	holds 1M 1M A
	holds 8M 4K B
	holds 8M+4K 1M-4K base
}

# Else what was there, and is again after a power cut, would be overwritten.
test_write_waits_until_the_discard_of_its_chunk_is_durable() {
	little_image 2
	put_sim_below image
	activate no_copy_on_read commit_interval_ms=3600000
	write 0 2M A
	flush
	tell sim-image rule add op=fua,hold
	discard 0 1M
	start writer write 8M 4K B
	still_running writer
	release_sim sim-image
	finish writer
	holds 0 1M zero
	holds 8M 4K B
}

# Both need a chunk, one is coming back: the one that finds none waits for it.
test_first_writes_of_parts_wait_for_freed_chunks() { # I-DRN-3
	local round
	for round in 1 2 3; do
		little_image 2
		put_sim_below base
		activate no_copy_on_read commit_interval_ms=3600000
		write 0 4K A
		tell sim-base rule add op=read,hold
		# Both see the free chunk, and wait for the base.
		start first write 8M+1s 1s B
		start second write 9M+1s 1s C
		still_running second
		discard 0 1M
		release_sim sim-base
		finish first
		finish second
		expect_status no_space 0
		holds 0 1M zero
		holds 8M 1s base
		holds 8M+1s 1s B
		holds 8M+2s 1M-1s base
		holds 9M+1s 1s C
		holds 9M+2s 1M base
		close_disk
		checks
		take_sim_away base
		dm_remove little
		image=$image_disk
	done
}

test_freed_chunk_waits_for_reads_in_flight() { # I-DRN-1 I-DRN-2 I-BIO-1
	little_image 1
	put_sim_below image
	activate no_copy_on_read
	write 0 1M A
	tell sim-image rule add op=read,hold
	start reader holds 0 4K A
	still_running reader
	discard 0 1M
	start writer write 8M 4K B
	# The reader must not see the writer's data.
	still_running writer 0.5
	release_sim sim-image
	finish reader
	finish writer
	holds 0 1M zero
	holds 8M 4K B
}

test_no_space_fails_only_what_needs_a_chunk() {
	little_image 2
	activate no_copy_on_read
	write 0 1M A
	write 1M 64K A
	expect_status space full
	fails ENOSPC write 8M 4K B
	fails ENOSPC write 8M+1s 1s B
	expect_status no_space 2 mode rw
	# Everything else goes on.
	holds 8M 1M base
	write 0 64K C
	write 1M+512K 4K C
	holds 0 64K C
	holds 1M+512K 4K C
	discard 4M 1M
	holds 4M 1M zero
	zero 1M+4K 4K
	discard 0 1M
	write 8M 4K B
	holds 8M 4K B
	flush
	close_disk
	checks
}

# More of them than there is room for changes between two commits.
test_writes_without_space_keep_no_room_in_the_journal() {
	local i
	little_image 2
	activate no_copy_on_read commit_interval_ms=3600000
	write 0 4K A
	write 1M 4K A
	for ((i = 0; i < 600; i++)); do
		fails ENOSPC write 8M+$((i * 4))K 4K B
	done
	write 512K 4K C
	holds 512K 4K C
	expect_status commits 0
}

test_no_space_raises_an_event() {
	local before
	little_image 2
	activate no_copy_on_read
	events
	before=$answer
	write 0 4K A
	write 1M 4K A
	fails ENOSPC write 8M 4K B
	eventually event_after "$before"
}

test_low_space_raises_an_event() {
	local before
	new_image --compact
	activate no_copy_on_read low_space_chunks=0
	message low_space_chunks 1024
	expect_status space ok
	close_disk
	# Of 16 chunks, an eighth.
	little_image 16
	activate no_copy_on_read
	events
	before=$answer
	write 0 14M A
	expect_status space ok
	events
	is "events before" "$answer" "$before"
	write 14M 1M A
	expect_status space low
	eventually event_after "$before"
}

test_grow_makes_new_space_usable() {
	little_image 2
	activate no_copy_on_read
	write 0 2M A
	fails ENOSPC write 8M 4K B
	# Without more room nothing happens.
	message grow
	expect_status chunks 2
	do_ask dm load little "0 10240 linear $image_disk 0"
	do_ask dm resume little
	message grow
	expect_status chunks 4 space ok
	write 8M 4K B
	write 9M 4K C
	fails ENOSPC write 10M 4K D
	holds 0 2M A
	holds 8M 4K B
	activate_again
	expect_status chunks 4 used 4
	holds 0 2M A
	holds 8M 4K B
	holds 9M 4K C
	close_disk
	checks
}

# What is freed waits in memory that the first discard makes; growing enlarges it.
grows_and_reuses() {
	do_ask dm load little "0 10240 linear $image_disk 0"
	do_ask dm resume little
	message grow
	expect_status chunks 4
	discard 0 1M
	flush
	eventually expect_status reclaiming_chunks 0
	write 4M 4M B
	expect_status used 4 no_space 0
	holds 4M 4M B
	holds 0 1M zero
	close_disk
	checks
}

test_chunk_freed_after_growing_is_used_again() {
	little_image 2
	activate no_copy_on_read
	write 0 1M A
	grows_and_reuses
}

test_chunks_freed_before_and_after_growing_are_used_again() {
	little_image 2
	activate no_copy_on_read
	write 0 2M A
	discard 1M 1M
	flush
	eventually expect_status used 1 reclaiming_chunks 0
	grows_and_reuses
}

test_larger_device_is_used_after_activation() {
	little_image 2
	activate no_copy_on_read
	write 0 2M A
	close_disk
	do_ask dm load little "0 10240 linear $image_disk 0"
	do_ask dm resume little
	activate no_copy_on_read
	expect_status chunks 4
	write 8M 1M B
	holds 8M 1M B
	close_disk
	checks
}

# The image says how large a device it needs, also to who comes after a crash.
test_size_of_a_grown_image_is_durable_before_it_is_used() { # I-IMG-5
	little_image 2
	activate no_copy_on_read
	write 0 2M A
	flush
	do_ask dm load little "0 10240 linear $image_disk 0"
	do_ask dm resume little
	message grow
	write 8M 1M B
	flush
	# What would be there after a crash.
	dd if="$image" of=snapshot bs=1M iflag=direct status=none
	image=snapshot
	checks 2
}

test_grow_is_refused_for_a_flat_image() {
	new_image --flat
	activate
	message_refused "" grow
}

test_concurrent_first_writes_of_one_chunk_share_it() {
	local i
	new_image --compact
	activate no_copy_on_read
	for i in 0 1 2 3 4 5 6 7; do
		start writer$i write 1M+$((i * 128))K+1s 64K A
	done
	for i in 0 1 2 3 4 5 6 7; do
		finish writer$i
	done
	expect_status used 1
	for i in 0 1 2 3 4 5 6 7; do
		holds 1M+$((i * 128))K 1s base
		holds 1M+$((i * 128))K+1s 64K A
		holds 1M+$((i * 128 + 64))K+1s 64K-1s base
	done
}
