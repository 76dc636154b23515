# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What is still in the base is brought over in the background.

# hydrate [FEATURE | KEY=VALUE]...: without manners, which have tests of their own
hydrate() { activate prefetch_throttle_ms=0 "$@"; }

# is_complete: and the superblock says so
is_complete() { eventually expect_status complete 1 prefetch complete; }

test_prefetch_brings_everything() {
	local fields
	for fields in flat compact; do
		new_image --$fields
		put_sim_below base
		hydrate prefetch_start_delay_s=0
		is_complete
		expect_status local 4096 prefetched_sectors 32768 \
			prefetch_stored_sectors 32768 prefetch_errors 0 fetches 0
		reads_nothing_of "$base" holds 0 16M base
		close_disk
		take_sim_away base
		checks
	done
}

test_prefetch_reads_each_byte_of_the_base_once() {
	local layout
	for layout in flat compact; do
		new_image --$layout
		put_sim_below base
		# Not the samples that a table load compares.
		hydrate
		count_io sim-base
		io_since sim-base prefetch_all
		is "sectors of the base" "${io[read_sectors]}" 32768
		is "requests to the base" "${io[read]}" 16
		close_disk
		take_sim_away base
	done
}

prefetch_all() {
	message prefetch start
	is_complete
}

test_prefetch_and_guest_together_read_each_byte_once() { # I-FCH-1
	new_image --compact
	put_sim_below base mode auto max_delay_us 2000
	hydrate copy_on_read_limit_bytes=67108864
	io_since sim-base prefetch_while_guest_reads
	is "sectors of the base" "${io[read_sectors]}" 32768
	expect_status uncached_reads 0 base_read_sectors 0
}

prefetch_while_guest_reads() {
	local i
	message prefetch start
	for i in 15 3 9 1 12 6; do
		start reader$i holds ${i}M 700K base
	done
	for i in 15 3 9 1 12 6; do
		finish reader$i
	done
	is_complete
}

test_prefetch_skips_what_the_guest_wrote() {
	local layout
	for layout in flat compact; do
		new_image --$layout
		put_sim_below base
		hydrate
		write 1M+8K 4K A
		write 5M 3M B
		io_since sim-base prefetch_all
		is "sectors of the base" "${io[read_sectors]}" "$((32768 - 8 - 6144))"
		holds 0 1M+8K base
		holds 1M+8K 4K A
		holds 1M+12K 4M-12K base
		holds 5M 3M B
		holds 8M 8M base
		close_disk
		take_sim_away base
	done
}

test_prefetch_of_a_short_base_ends_in_the_middle_of_a_block() {
	local layout
	base=$short
	for layout in flat compact; do
		new_image --$layout
		put_sim_below base
		hydrate prefetch_start_delay_s=0
		is_complete
		expect_status prefetched_sectors 18445 local 2306
		reads_nothing_of "$base" holds 9M 13s base
		holds 0 9M+13s base
		holds 9M+13s 7M-13s zero
		close_disk
		take_sim_away base
		base=$short
	done
}

test_prefetch_passes_over_discarded_chunks() {
	new_image --compact
	put_sim_below base
	hydrate
	discard 2M 4M
	io_since sim-base prefetch_all
	is "sectors of the base" "${io[read_sectors]}" 24576
	holds 2M 4M zero
	holds 6M 10M base
}

test_prefetch_is_off_unless_it_is_asked_for() {
	new_image --compact
	put_sim_below base
	hydrate
	expect_status prefetch off
	reads_nothing_of "$base" pause 0.3
	expect_status prefetches 0
}

test_prefetch_starts_after_its_delay() {
	new_image --compact
	hydrate prefetch_start_delay_s=1
	expect_status prefetch delayed prefetches 0
	pause 0.2
	expect_status prefetch delayed prefetches 0
	is_complete
}

test_prefetch_message_does_not_wait_for_the_delay() {
	new_image --compact
	hydrate prefetch_start_delay_s=604800
	expect_status prefetch delayed
	message prefetch start
	is_complete
}

test_prefetch_keeps_as_many_windows_under_way_as_it_may() {
	new_image --flat
	put_sim_below base
	hydrate prefetch_slots=3 prefetch_slot_bytes=65536
	tell sim-base rule add op=read,hold
	message prefetch start
	eventually expect_status prefetches 3 prefetched_sectors 384
	pause 0.2
	expect_status prefetches 3
	message prefetch_slots 5
	message prefetch start
	eventually expect_status prefetches 5
	release_sim sim-base
	is_complete
}

test_prefetch_window_is_changed_at_run_time() {
	new_image --flat
	put_sim_below base
	hydrate prefetch_slots=1 prefetch_slot_bytes=65536
	tell sim-base rule add op=read,hold
	message prefetch start
	eventually expect_status prefetches 1 prefetched_sectors 128
	message prefetch_slot_bytes 262144
	tell sim-base release all
	# The rest of the first new window, then a whole one.
	eventually expect_status prefetches 2 prefetched_sectors 512
	tell sim-base release all
	eventually expect_status prefetches 3 prefetched_sectors 1024
	release_sim sim-base
	is_complete
}

test_paused_prefetch_starts_nothing_until_it_is_resumed() {
	new_image --compact
	put_sim_below base
	hydrate prefetch_slots=1
	tell sim-base rule add op=read,hold
	message prefetch start
	eventually expect_status prefetches 1
	message prefetch pause
	expect_status prefetch paused
	release_sim sim-base
	eventually expect_status prefetch_stored_sectors 2048
	reads_nothing_of "$base" pause 0.3
	expect_status prefetches 1 prefetch paused
	message prefetch resume
	is_complete
}

test_pause_before_the_delay_is_over_holds() {
	new_image --compact
	hydrate prefetch_start_delay_s=1
	message prefetch pause
	pause 1.2
	expect_status prefetch paused prefetches 0
	message prefetch resume
	is_complete
}

test_stopped_prefetch_can_be_started_again() {
	local before
	new_image --compact
	put_sim_below base
	hydrate prefetch_slots=1
	reads_of "$base"
	before=$answer
	tell sim-base rule add op=read,hold
	message prefetch start
	eventually expect_status prefetches 1
	message prefetch stop
	expect_status prefetch off
	release_sim sim-base
	eventually has_read "$base" $((before + 1))
	reads_nothing_of "$base" pause 0.3
	io_since sim-base prefetch_all
	is "sectors of the base" "${io[read_sectors]}" "$((32768 - 2048))"
}

test_prefetch_messages_that_make_no_sense_are_refused() {
	new_image --compact
	hydrate
	message_refused "prefetch is off: there is nothing to pause" prefetch pause
	message_refused "prefetch is off, not paused" prefetch resume
	message_refused 'start, pause, resume or stop, found "now"' prefetch now
	message_refused "from 1 to 64" prefetch_slots 0
	message_refused "from 1 to 64" prefetch_slots 65
	message_refused "from 1 to 64" prefetch_slots -1
	message_refused "power of two from 65536 to 1048576" prefetch_slot_bytes 5000
	message_refused "from -1 to 604800" prefetch_start_delay_s 604801
	message prefetch stop
}

test_prefetch_goes_on_after_a_suspend() { # I-PRE-3
	new_image --compact
	put_sim_below base
	hydrate prefetch_slots=1
	tell sim-base rule add op=read,hold
	message prefetch start
	eventually expect_status prefetches 1
	release_sim sim-base
	do_ask dm suspend disk
	reads_nothing_of "$base" pause 0.3
	do_ask dm resume disk
	is_complete
	expect_status prefetched_sectors 32768
}

test_prefetch_goes_on_with_a_new_base_after_a_reload() {
	new_image --flat
	put_sim_below base
	hydrate prefetch_slots=1
	tell sim-base rule add op=read,hold
	message prefetch start
	eventually expect_status prefetches 1
	base=$golden
	table_line prefetch_start_delay_s=0
	do_ask dm load disk "$table"
	release_sim sim-base
	do_ask dm resume disk
	is_complete
	expect_status prefetched_sectors 32768
	dm_remove sim-base
	holds 0 16M base
}

test_reload_that_wants_none_stops_prefetch() {
	new_image --compact
	put_sim_below base
	hydrate prefetch_slots=1
	tell sim-base rule add op=read,hold
	message prefetch start
	eventually expect_status prefetches 1
	# What is held stays so; but the load reads samples.
	tell sim-base rule del all
	table_line
	do_ask dm load disk "$table"
	release_sim sim-base
	do_ask dm resume disk
	expect_status prefetch off
	reads_nothing_of "$base" pause 0.3
}

test_table_line_tells_of_prefetch() {
	new_image --compact
	hydrate
	message prefetch_slots 7
	message prefetch_slot_bytes 65536
	do_ask dm table disk
	[[ $answer = *" prefetch_start_delay_s -1 "* ]] || fail "table: $answer"
	[[ $answer = *" prefetch_slots 7 prefetch_slot_bytes 65536 "* ]] || fail "table: $answer"
	message prefetch start
	do_ask dm table disk
	[[ $answer = *" prefetch_start_delay_s 0 "* ]] || fail "table: $answer"
	message prefetch stop
	do_ask dm table disk
	[[ $answer = *" prefetch_start_delay_s -1 "* ]] || fail "table: $answer"
}

test_disk_with_running_prefetch_can_be_removed() { # I-PRE-3
	local layout
	for layout in flat compact; do
		new_image --$layout
		put_sim_below base mode auto max_delay_us 100000
		hydrate prefetch_start_delay_s=0 prefetch_slot_bytes=65536
		eventually expect_status prefetches ">8"
		expect_status prefetch running
		close_disk
		is_clean yes
		checks
		hydrate
		holds 0 16M base
		close_disk
		take_sim_away base
	done
}

test_write_waits_for_a_prefetch_and_wins() { # I-PRE-1
	local layout
	for layout in flat compact; do
		new_image --$layout
		put_sim_below base
		hydrate prefetch_slots=1
		tell sim-base rule add op=read,hold
		message prefetch start
		eventually expect_status prefetches 1
		start part write 4K+1s 2s A
		start whole write 16K 8K B
		still_running part
		still_running whole
		release_sim sim-base
		finish part
		finish whole
		is_complete
		holds 0 4K+1s base
		holds 4K+1s 2s A
		holds 4K+3s 12K-3s base
		holds 16K 8K B
		holds 24K 16M-24K base
		close_disk
		take_sim_away base
	done
}

test_read_of_what_is_being_prefetched_is_answered_by_it() {
	new_image --compact
	put_sim_below base
	hydrate prefetch_slots=1
	tell sim-base rule add op=read,hold
	message prefetch start
	eventually expect_status prefetches 1
	start reader holds 64K 64K base
	still_running reader
	message prefetch pause
	tell sim-base release all
	finish reader
	expect_status fetches 0 fetch_waits 1
	release_sim sim-base
}

# B2 of the original: a cursor went over blocks that a failing write held, and
# "all is local" was a lie.
test_block_whose_writer_failed_is_prefetched_nevertheless() { # I-PRE-1 I-PRE-2
	local layout
	for layout in flat compact; do
		new_image --$layout
		put_sim_below image
		hydrate
		tell sim-image rule add op=write,count=1,hold
		start writer write 5M 4K A
		still_running writer
		message prefetch start
		eventually expect_status local 4095 prefetch_wait held
		expect_status complete 0 prefetch running
		do_ask dm message sim-image list
		tell sim-image fail "${answer%% *}" ioerr
		! try_finish writer || fail "the write succeeded"
		is_complete
		holds 0 16M base
		close_disk
		take_sim_away image
	done
}

test_prefetch_writes_no_metadata_of_its_own() {
	new_image --compact
	put_sim_below image
	put_sim_below base
	hydrate commit_interval_ms=50
	tell sim-base rule add "op=read,sectors=16384+16384,hold"
	io_since sim-image prefetch_half
	is "flushes and FUA writes" "$((io[flush] + io[fua]))" 0
	is "sectors written" "${io[write_sectors]}" 16384
	expect_status commits 0 journal_used 0
	release_sim sim-base
}

# Not to the end, where the superblock is told.
prefetch_half() {
	message prefetch start
	eventually expect_status prefetch_stored_sectors 16384
	pause 0.2
}

test_prefetched_blocks_ride_along_with_a_write() {
	new_image --compact
	with_cache
	put_sim_below base
	hydrate commit_interval_ms=3600000 prefetch_slots=1
	tell sim-base rule add "op=read,sectors=8192+24576,hold"
	message prefetch start
	eventually expect_status local 1024
	message prefetch pause
	release_sim sim-base
	eventually expect_status local 1280
	write 15M 4K A
	flush
	power_cut
	hydrate
	expect_status local 1281
	reads_nothing_of "$base" holds 0 4M base
	holds 15M 4K A
	holds 4M 11M base
}

# Only where the guest relies on what memory alone knows does its flush commit.
test_flush_does_not_commit_what_was_prefetched() {
	for_layouts flush_beside_prefetch
}

flush_beside_prefetch() {
	put_sim_below image
	put_sim_below base
	hydrate commit_interval_ms=3600000 prefetch_slots=1
	write 15M 4K A
	flush
	tell sim-base rule add "op=read,sectors=8192+24576,hold"
	message prefetch start
	eventually expect_status local 1025
	message prefetch pause
	io_since sim-image write_and_flush 15M B
	is "requests" "${io[write]} ${io[flush]} ${io[fua]}" "1 1 0"
	expect_status commits 1
	io_since sim-image write_and_flush 1M C
	is "requests of a write in place of what was prefetched" \
		"${io[write]} ${io[fua]}" "1 1"
	expect_status commits 2
	release_sim sim-base
	eventually expect_status local 1281
	holds 1M 4K C
	close_disk
	take_sim_away image
	take_sim_away base
}

# write_and_flush AT TAG
write_and_flush() {
	write "$1" 4K "$2"
	flush
}

test_complete_is_said_after_the_superblock_says_it() {
	local layout before
	for layout in flat compact; do
		new_image --$layout
		put_sim_below image
		hydrate
		events
		before=$answer
		tell sim-image rule add "op=fua,sectors=0+256,hold"
		message prefetch start
		eventually expect_status local 4096
		pause 0.3
		expect_status complete 0
		events
		is "event number" "$answer" "$before"
		release_sim sim-image
		eventually event_after "$before"
		expect_status complete 1
		close_disk
		take_sim_away image
	done
}

# O6 of the original: "complete" was durable before the data were.
test_power_cut_around_completion_loses_nothing() {
	local layout n
	local -A odd=([flat]=1 [compact]=0)
	for layout in flat compact; do
		for n in 1 2 3 4 5 6 7; do
			! is_tcg || [ $((n % 2)) = ${odd[$layout]} ] || continue
			echo "# $layout, seed and n-th write or flush: $n"
			new_image --$layout
			with_cache
			hydrate commit_interval_ms=3600000
			write 1M+512 512 A
			flush
			holds 0 4M base\|A
			tell sim-image cut_policy seed $n
			# Data go in 32 pieces or fewer; what comes at the end
			# is metadata.
			tell sim-image rule add "op=write+fua+flush,sectors=0+2048,nth=$n,cut"
			message prefetch start
			pause 0.5
			# Unless the rule was faster.
			ask dm message sim-image power_cut seed $n ||
				[ "$answer" = EALREADY ] || fail "power_cut: $answer"
			power_came_back
			hydrate
			holds 0 1M+512 base
			holds 1M+512 512 A
			holds 1M+1K 15M-1K base
			give_up
			checks_after_crash
		done
	done
}

checks_after_crash() {
	local text code=0
	text=$("$fvd" check "$image") || code=$?
	[ $code -eq 0 ] || [ $code -eq 2 ] || fail "fvd check ended with $code: $text"
}

test_complete_image_leaves_its_base_alone() {
	local layout
	for layout in flat compact; do
		new_image --$layout
		put_sim_below base
		hydrate prefetch_start_delay_s=0
		is_complete
		table_line
		io_since sim-base use_complete_disk
		is "requests to the base" "$((io[read] + io[write] + io[flush]))" 0
		close_disk
		take_sim_away base
		base=
		hydrate
		expect_status complete 1
		holds 8M 8M base
		close_disk
		base=$golden
	done
}

use_complete_disk() {
	holds 0 8M base
	write 3M 1M A
	flush
	discard 4M 1M
	holds 3M 1M A
}

test_complete_flat_image_says_that_it_is_linear() {
	new_image --compact
	hydrate prefetch_start_delay_s=0
	is_complete
	expect_status linear 0
	close_disk
	new_image --flat
	hydrate
	expect_status linear 0
	message prefetch start
	is_complete
	eventually expect_status linear 1
	close_disk
	# What lies behind a short base was never written.
	base=$short
	new_image --flat
	hydrate prefetch_start_delay_s=0
	is_complete
	expect_status linear 0
	write 9M 7M A
	message checkpoint
	expect_status linear 1
}

test_prefetch_leaves_chunks_to_the_guest() { # I-PRE-4
	local before free
	slice little "$image" 0 16384
	image=/dev/mapper/little
	new_image --compact --chunk-size 64K
	hydrate low_space_chunks=10
	events
	before=$answer
	message prefetch start
	eventually expect_status prefetch running prefetch_wait space
	eventually event_after "$before"
	get_status
	free=$((status[chunks] - status[used]))
	is "free chunks" $free ">9"
	expect_status space ok
	# They are the guest's.
	write 15M 256K A
	holds 15M 256K A
	expect_status no_space 0
}

test_prefetch_goes_on_when_there_is_space_again() {
	slice little "$image" 0 16384
	image=/dev/mapper/little
	new_image --compact --chunk-size 64K
	hydrate prefetch_start_delay_s=0
	eventually expect_status prefetch_wait space
	discard 0 16M
	is_complete
	holds 0 16M zero
}

test_prefetch_completes_an_image_with_room_for_all() {
	# 16 chunks of data behind 2 MiB of metadata, none to spare.
	slice little "$image" 0 36864
	image=/dev/mapper/little
	new_image --compact
	hydrate prefetch_start_delay_s=0
	eventually expect_status complete 1 used 16
	holds 0 16M base
}

test_prefetch_of_an_image_that_goes_read_only_stops() {
	new_image --compact
	put_sim_below image
	put_sim_below base
	hydrate prefetch_slot_bytes=65536 prefetch_slots=1
	write 1M 4K A
	# It can not be done before the image fails, however long that takes.
	tell sim-base rule add op=read,sectors=16384+16384,hold
	message prefetch start
	eventually expect_status prefetches 129
	tell sim-image rule add op=fua,error
	! try_flush || fail "the flush succeeded"
	expect_status mode ro
	release_sim sim-base
	eventually expect_status prefetch_wait read_only
	expect_status prefetches 129
	holds 1M 4K A
	holds 2M 1M base
}

test_prefetch_on_a_complete_image_is_done_at_once() {
	new_image --flat
	hydrate
	write 0 16M A
	eventually expect_status complete 1
	message prefetch start
	eventually expect_status prefetch complete prefetches 0
	holds 0 16M A
}
