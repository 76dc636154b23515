# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What is read from the base once is kept.

test_second_read_does_not_touch_the_base() {
	for_layouts read_twice
}

read_twice() {
	activate copy_on_read_limit_bytes=67108864
	holds 0 16M base
	expect_status fetched_sectors 32768
	eventually expect_status stored_sectors 32768 complete 1
	reads_nothing_of "$base" holds 0 16M base
}

test_what_was_fetched_is_kept_by_a_clean_close() {
	for_layouts keep_fetched
}

keep_fetched() {
	activate
	holds 1M 2M base
	activate_again
	reads_nothing_of "$base" holds 1M 2M base
	expect_status local 512
}

test_copy_on_read_is_as_recorded_at_creation() {
	new_image --compact --copy-on-read off
	activate
	read_all
	expect_status copy_on_read off fetches 0 local 0
	activate_again copy_on_read
	expect_status copy_on_read on
	close_disk
	new_image --compact --copy-on-read on
	activate
	expect_status copy_on_read on
	activate_again no_copy_on_read
	expect_status copy_on_read off
}

test_copy_on_read_is_switched_at_run_time() {
	new_image --compact
	activate copy_on_read
	message copy_on_read off
	holds 1M 64K base
	expect_status copy_on_read off fetches 0 base_read_sectors 128
	message copy_on_read on
	holds 1M 64K base
	expect_status copy_on_read on fetches 1
	eventually expect_status local 16
	message copy_on_read off
	reads_nothing_of "$base" holds 1M 64K base
}

test_fetch_brings_the_window_around_a_small_read() {
	new_image --compact
	put_sim_below base
	activate fetch_window_bytes=65536
	io_since sim-base holds 1M+20K 4K base
	is "reads of the base" "${io[read]}" 1
	is "sectors" "${io[read_sectors]}" 128
	expect_status fetches 1 fetched_sectors 128
	io_since sim-base holds 1M 64K base
	is "reads of the base" "${io[read]}" 0
	io_since sim-base holds 1M+64K 512 base
	is "reads of the base" "${io[read]}" 1
}

test_fetch_window_is_changed_at_run_time() {
	new_image --compact
	activate fetch_window_bytes=4096
	holds 1M 512 base
	expect_status fetches 1 fetched_sectors 8
	message fetch_window_bytes 1048576
	holds 2M 512 base
	expect_status fetches 2 fetched_sectors 2056
}

test_fetch_window_spares_what_is_in_the_image() {
	new_image --compact
	activate no_copy_on_read
	write 1M+8K 4K A
	message copy_on_read on
	holds 1M+32K 4K base
	# From behind the written block to the window's end.
	expect_status fetches 1 fetched_sectors 104
	holds 1M 8K base
	holds 1M+8K 4K A
}

test_fetch_of_the_last_block_of_a_short_base() {
	base=$short
	for_layouts fetch_short
}

fetch_short() {
	activate
	holds 9M 13s base
	# The block goes on behind the base: there it keeps zeros.
	reads_nothing_of "$base" holds 9M 13s base
	holds 9M+13s 3s zero
	expect_status local 2 fetched_sectors 13
}

test_readers_of_one_window_fetch_it_once() { # I-FCH-1
	local i before
	new_image --compact
	put_sim_below base
	activate
	count_io sim-base
	before=${io[read]}
	tell sim-base rule add op=read,hold
	for i in 1 2 3 4 5; do
		start reader$i holds 1M+${i}s 8s base
	done
	still_running reader5
	expect_status fetches 1 fetch_waits 4
	release_sim sim-base
	for i in 1 2 3 4 5; do
		finish reader$i
	done
	expect_status fetches 1 uncached_reads 0
	count_io sim-base
	is "reads of the base" "$((io[read] - before))" 1
}

# A fetch that is prepared and then not needed gives its memory back.
test_readers_that_waited_hold_no_memory() {
	local i
	new_image --compact
	put_sim_below base
	activate fetch_window_bytes=262144 copy_on_read_limit_bytes=1048576
	tell sim-base rule add op=read,hold
	for ((i = 0; i < 20; i++)); do
		start reader$i holds 1M+${i}s 8s base
	done
	still_running reader19
	release_sim sim-base
	for ((i = 0; i < 20; i++)); do
		finish reader$i
	done
	# All four windows that the limit allows, at once.
	tell sim-base rule add op=read,hold
	for i in 2 3 4; do
		start reader$i holds ${i}M 4K base
	done
	still_running reader4
	expect_status fetches 4 uncached_reads 0
	release_sim sim-base
	for i in 2 3 4; do
		finish reader$i
	done
}

# As a sequential reader does, whose next read begins in the window of the last.
test_read_that_reaches_out_of_a_held_window_is_kept() {
	new_image --compact
	put_sim_below base
	activate fetch_window_bytes=65536
	tell sim-base rule add op=read,hold
	start window holds 1M 4K base
	still_running window
	start reaching holds 1M+4K 124K base
	still_running reaching
	release_sim sim-base
	finish window
	finish reaching
	expect_status base_read_sectors 0 fetched_sectors 256
	reads_nothing_of "$base" holds 1M 128K base
}

test_memory_limit_makes_reads_uncached() {
	new_image --compact
	activate copy_on_read_limit_bytes=0
	holds 1M 1M base
	expect_status fetches 0 uncached_reads ">0" local 0 base_read_sectors 2048
	message copy_on_read_limit_bytes 1048576
	holds 1M 1M base
	expect_status fetches ">0"
}

test_memory_limit_holds_while_fetches_are_in_flight() {
	local i
	new_image --flat
	put_sim_below base
	activate fetch_window_bytes=1048576 copy_on_read_limit_bytes=2097152
	tell sim-base rule add op=read,hold
	for i in 0 1 2 3; do
		start reader$i holds ${i}M 4K base
	done
	still_running reader3
	expect_status fetches 2 uncached_reads 2
	release_sim sim-base
	for i in 0 1 2 3; do
		finish reader$i
	done
}

# Not by a window, nor by any byte, however many readers come at once.
test_fetches_never_exceed_the_memory_limit() { # I-FCH-2
	local i round
	new_image --flat
	put_sim_below base
	activate fetch_window_bytes=1048576 copy_on_read_limit_bytes=2625536
	for round in 1 2 3; do
		tell sim-base rule add op=read,hold
		for ((i = 0; i < 16; i++)); do
			start reader$i holds ${i}M 4K base
		done
		still_running reader15
		# Two windows, and 129 readers' own blocks would fit behind them.
		expect_status fetches 16 fetched_sectors $((2 * 2048 + 14 * 8)) uncached_reads 0
		message copy_on_read_limit_bytes 2097152
		start more holds 3M+64K 4K base
		still_running more
		expect_status fetches 16 uncached_reads 1
		release_sim sim-base
		for ((i = 0; i < 16; i++)); do
			finish reader$i
		done
		finish more
		close_disk
		new_image --flat
		activate fetch_window_bytes=1048576 copy_on_read_limit_bytes=2625536
	done
}

test_window_larger_than_the_memory_limit_is_left_out() {
	new_image --compact
	activate fetch_window_bytes=1048576 copy_on_read_limit_bytes=8192
	holds 1M+4K 8K base
	expect_status fetches 1 fetched_sectors 16
	holds 2M 12K base
	expect_status fetches 1 uncached_reads 1
	holds 1M+4K 8K base
	expect_status fetches 1
}

test_base_error_reaches_only_who_reads_there() { # I-FCH-4
	for_layouts base_error
}

# The window of the good readers has the bad sector in it.
base_error() {
	put_sim_below base
	activate fetch_window_bytes=65536
	tell sim-base rule add op=read,sectors=2088+1,error=medium
	holds 1M 16K base
	holds 1M+24K 40K base
	fails ENODATA read 1M+20K 4K
	fails ENODATA read 1M 64K
	holds 1M 16K base
	expect_status base_errors ">0" local 0 mode rw
	# It goes away, and so does its consequence.
	tell sim-base rule del all
	holds 1M 64K base
	reads_nothing_of "$base" holds 1M 64K base
	close_disk
	take_sim_away base
}

# Who waited for it finds out for himself.
test_reader_who_waits_for_a_fetch_that_fails_reads_for_himself() { # I-FCH-4
	for_layouts failing_fetch
}

failing_fetch() {
	put_sim_below base
	activate
	tell sim-base rule add op=read,count=1,hold
	start first holds 1M 4K base
	still_running first
	start second holds 1M+8K 4K base
	still_running second
	expect_status fetches 1 fetch_waits 1
	do_ask dm message sim-base list
	tell sim-base fail "${answer%% *}" medium
	# Both, for the device's mood was short.
	finish first
	finish second
	close_disk
	take_sim_away base
}

test_store_error_does_not_fail_the_read() { # I-MAP-1 I-FCH-3
	for_layouts store_error
}

store_error() {
	put_sim_below image
	activate
	tell sim-image rule add op=write,error
	holds 1M 64K base
	# Else the next one would only wait for it.
	eventually expect_status store_errors 1
	holds 1M 64K base
	eventually expect_status store_errors 2 local 0 mode rw
	tell sim-image rule del all
	holds 1M 64K base
	eventually expect_status local 16
	reads_nothing_of "$base" holds 1M 64K base
	close_disk
	take_sim_away image
}

test_full_image_does_not_fail_the_read() { # I-FCH-3
	slice little "$image" 0 6144
	image=/dev/mapper/little
	new_image --compact
	activate
	write 0 2M A
	expect_status space full used 2
	holds 8M 4M base
	expect_status stored_sectors 0 no_space 0 mode rw
	holds 0 2M A
}

# What could not be kept would only be read in vain.
test_full_image_fetches_nothing() {
	slice little "$image" 0 6144
	image=/dev/mapper/little
	new_image --compact
	activate
	write 0 2M A
	holds 8M 4K base
	expect_status fetches 0 base_read_sectors 8
}

test_fetch_writes_no_metadata() {
	new_image --compact
	put_sim_below image
	activate commit_interval_ms=50
	io_since sim-image fetch_and_wait
	is "sectors written" "${io[write_sectors]}" 2048
	is "flushes and FUA writes" "$((io[flush] + io[fua]))" 0
	expect_status commits 0 journal_used 0
}

fetch_and_wait() {
	holds 1M 1M base
	pause 0.3
}

# They make one run, which is one record, so there is room for any number.
test_fetches_in_a_row_need_no_commit() {
	for_layouts fetch_in_a_row
}

fetch_in_a_row() {
	local i
	# Did each take room for itself, fewer than 400 would fit.
	activate fetch_window_bytes=4096 commit_interval_ms=3600000
	for ((i = 0; i < 500; i++)); do
		holds $((i * 4))K 4K base
	done
	expect_status fetches 500 commits 0 uncached_reads 0
	close_disk
	checks
	activate
	expect_status local 500
	holds 0 16M base
}

test_fetched_blocks_ride_along_with_a_write() {
	new_image --compact
	with_cache
	activate commit_interval_ms=3600000
	holds 1M 1M base
	eventually expect_status local 256
	write 4M 4K A
	flush
	expect_status commits 1
	power_cut
	activate
	expect_status local 257
	reads_nothing_of "$base" holds 1M 1M base
	holds 4M 4K A
}

test_flushed_write_over_fetched_blocks_is_durable() {
	for_layouts write_over_fetched_blocks
}

# That they are in the image only memory knows, and the write goes to its place.
write_over_fetched_blocks() {
	with_cache
	activate commit_interval_ms=3600000
	holds 1M 64K base
	eventually expect_status local ">15"
	write 1M+4K 4K A
	expect_status first_writes 0
	flush
	power_cut
	activate
	holds 1M 4K base
	holds 1M+4K 4K A
	holds 1M+8K 4K base
	close_disk
}

test_fetched_blocks_may_be_lost_by_a_power_cut() {
	new_image --compact
	with_cache
	activate commit_interval_ms=3600000
	holds 0 4M base
	power_cut
	activate
	expect_status local 0
	holds 0 16M base
}

test_write_waits_for_a_fetch_and_wins() {
	new_image --compact
	put_sim_below base
	activate
	tell sim-base rule add op=read,hold
	start reader holds 1M 4K base
	still_running reader
	start writer write 1M+1s 2s A
	start whole write 1M+8K 4K B
	still_running whole
	release_sim sim-base
	finish reader
	finish writer
	finish whole
	holds 1M 1s base
	holds 1M+1s 2s A
	holds 1M+3s 8K-3s base
	holds 1M+8K 4K B
	holds 1M+12K 52K base
}

test_read_waits_for_a_write_and_sees_it() {
	new_image --compact
	put_sim_below image
	activate
	tell sim-image rule add op=write,hold
	start writer write 1M 4K A
	still_running writer
	start reader holds 1M 4K A
	still_running reader
	release_sim sim-image
	finish writer
	finish reader
}
