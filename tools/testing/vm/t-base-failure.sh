# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# A base that fails is a state, not an accident.

# Short delays, so that tests are, and no manners.
quick=(base_retry_first_ms=10 base_retry_longest_ms=100 prefetch_throttle_ms=0)

# failing_base ACTIVATE_ARG...: the disk, over a base with a sim device below
failing_base() {
	new_image --compact
	put_sim_below base
	activate "${quick[@]}" "$@"
}

no_base_reads() { tell sim-base rule add op=read,error; }
good_base() { tell sim-base rule del all; }

test_policy_fail_gives_the_error_at_once() {
	failing_base
	expect_status base_policy fail base ok
	no_base_reads
	fails EIO read 1M 4K
	fails EIO write 2M+1s 1s A
	expect_status base_waiting 0 base_failing_ranges ">0"
	good_base
	holds 1M 4K base
	holds 2M 4K base
	expect_status base ok base_failing_ranges 0
}

# More ranges than the list has room for are joined, over blocks that are there already.
test_complete_image_has_no_failing_ranges() { # I-RTY-2
	local i
	! is_tcg || skip "too many requests for TCG"
	failing_base no_copy_on_read
	for ((i = 0; i < 256; i += 2)); do
		write $((i * 4))K 4K A
	done
	no_base_reads
	for ((i = 1; i < 256; i += 2)); do
		fails EIO read $((i * 4))K 4K
	done
	expect_status base_failing_ranges ">50"
	good_base
	message copy_on_read on
	message prefetch start
	eventually expect_status complete 1
	expect_status base ok base_failing_ranges 0
}

test_policy_retry_asks_again_until_the_base_answers() {
	local cor
	for cor in copy_on_read no_copy_on_read; do
		failing_base base_policy=retry $cor
		tell sim-base rule add op=read,count=4,error
		holds 1M 64K base
		expect_status base_errors 4 base ok base_failing_ranges 0 base_waiting 0
		close_disk
		take_sim_away base
	done
}

test_policy_retry_gives_the_error_after_its_limit() { # I-BAS-2
	failing_base base_policy=retry base_retry_limit=3 no_copy_on_read
	no_base_reads
	fails EIO read 1M 4K
	expect_status base_errors 3 base_read_sectors 24
	good_base
	holds 1M 4K base
}

test_policy_queue_waits_while_local_io_goes_on() { # I-BAS-1
	failing_base base_policy=queue
	write 3M 1M A
	no_base_reads
	start reader holds 1M 64K base
	start writer write 2M+1s 1s B
	still_running reader
	still_running writer
	eventually expect_status base_waiting 2
	holds 3M 1M A
	write 3M+8K 4K C
	write 5M 64K D
	flush
	holds 5M 64K D
	good_base
	finish reader
	finish writer
	holds 2M 1s base
	holds 2M+1s 1s B
	holds 2M+2s 1M-2s base
	holds 3M+8K 4K C
	expect_status base_waiting 0 base ok
}

test_policy_queue_gives_the_error_after_its_time() {
	failing_base base_policy=queue base_queue_ms=400
	no_base_reads
	start reader read 1M 4K
	start writer write 2M+1s 1s A
	still_running reader 0.1
	! try_finish reader || fail "the read succeeded"
	! try_finish writer || fail "the write succeeded"
	good_base
	holds 1M 4K base
	holds 2M 4K base
}

test_partial_write_that_waited_for_the_base_is_whole() { # I-WRT-3 I-BAS-2
	local layout
	for layout in flat compact; do
		new_image --$layout
		put_sim_below base
		activate "${quick[@]}" base_policy=queue
		no_base_reads
		# Both ends of it.
		start writer write 1M+3s 20s A
		still_running writer
		good_base
		finish writer
		holds 1M 3s base
		holds 1M+3s 20s A
		holds 1M+23s 1M base
		activate_again
		holds 1M 3s base
		holds 1M+3s 20s A
		holds 1M+23s 1M base
		close_disk
		take_sim_away base
	done
}

test_read_of_several_kinds_waits_for_the_base() {
	failing_base base_policy=queue no_copy_on_read
	write 1M+8K 8K A
	no_base_reads
	start reader read 1M 32K
	still_running reader
	write 1M 4K B
	good_base
	finish reader
	holds 1M 4K B
	holds 1M+4K 4K base
	holds 1M+8K 8K A
	holds 1M+16K 16K base
}

test_change_of_policy_releases_who_waits() {
	failing_base base_policy=queue
	message base_retry_longest_ms 60000
	message base_retry_first_ms 60000
	no_base_reads
	start reader read 1M 4K
	still_running reader
	message base_policy fail
	! try_finish reader || fail "the read succeeded"
	expect_status base_policy fail base_waiting 0
}

test_message_lets_who_waits_try_at_once() {
	new_image --compact
	put_sim_below base
	activate base_policy=queue base_retry_first_ms=60000 base_retry_longest_ms=60000
	no_base_reads
	start reader holds 1M 4K base
	still_running reader
	good_base
	message base retry
	finish reader
}

test_success_elsewhere_lets_who_waits_try_at_once() {
	new_image --compact
	put_sim_below base
	activate base_policy=queue base_retry_first_ms=60000 base_retry_longest_ms=60000
	no_base_reads
	start one holds 1M 4K base
	start two holds 2M 4K base
	start three holds 3M 4K base
	still_running three
	expect_status base away base_waiting 3
	good_base
	holds 8M 4K base
	finish one
	finish two
	finish three
	expect_status base ok
}

test_queued_io_resumes_on_a_new_base() {
	local layout
	for layout in flat compact; do
		new_image --$layout
		put_sim_below base
		activate base_policy=queue
		no_base_reads
		start reader holds 1M 64K base
		start writer write 2M+1s 1s A
		still_running reader
		still_running writer
		base=$golden
		table_line base_policy=queue
		do_ask dm load disk "$table"
		do_ask dm suspend disk noflush
		do_ask dm resume disk
		finish reader
		finish writer
		holds 2M 1s base
		holds 2M+1s 1s A
		holds 2M+2s 14M-2s base
		expect_status base ok base_waiting 0
		dm_remove sim-base
		close_disk
	done
}

test_queued_io_survives_a_suspend_without_flush() { # I-BAS-2
	failing_base base_policy=queue
	no_base_reads
	start reader holds 1M 64K base
	still_running reader
	do_ask dm suspend disk noflush
	still_running reader
	do_ask dm resume disk
	still_running reader
	good_base
	finish reader
}

test_suspend_with_flush_waits_for_queued_io() {
	failing_base base_policy=queue base_queue_ms=1000
	no_base_reads
	start reader read 1M 64K
	still_running reader
	do_ask dm suspend disk
	do_ask dm resume disk
	! try_finish reader || fail "the read succeeded"
}

test_first_error_and_recovery_are_events() {
	local before
	failing_base
	events
	before=$answer
	no_base_reads
	fails EIO read 1M 4K
	eventually event_after "$before"
	logged "the base can not be read"
	events
	before=$answer
	fails EIO read 4M 4K
	pause 0.2
	events
	is "event number" "$answer" "$before"
	good_base
	read_all
	eventually event_after "$before"
	logged "all of the base that failed can be read again"
	expect_status base ok base_recoveries ">0"
}

test_failing_ranges_are_listed() {
	failing_base no_copy_on_read
	tell sim-base rule add op=read,sectors=2056+1,error=medium
	do_ask dm message disk base errors
	is "list" "$answer" ""
	fails ENODATA read 1M+4K 4K
	fails ENODATA read 1M+4K 4K
	do_ask dm message disk base errors
	[[ $answer = "2056+8 errors 2 last -61 "* ]] || fail "list: $answer"
	good_base
	holds 1M 64K base
	do_ask dm message disk base errors
	is "list" "$answer" ""
}

test_bad_base_messages_are_refused() {
	failing_base
	message_refused 'base must be errors or retry, found "sing"' base sing
	message_refused 'must be fail, retry or queue, found "maybe"' base_policy maybe
	close_disk
	table_refused 'must be fail, retry or queue, found "maybe"' \
		"0 $sectors fvd $image $base - 0 2 base_policy maybe"
	table_refused 'base_policy given twice' \
		"0 $sectors fvd $image $base - 0 4 base_policy fail base_policy fail"
}

test_policy_is_in_the_table_line() {
	failing_base base_policy=retry
	message base_policy queue
	do_ask dm table disk
	table=$answer
	[[ $table = *" base_policy queue" ]] || fail "table: $table"
	close_disk
	dm disk "$table"
	expect_status base_policy queue
}

test_prefetch_fetches_all_but_the_bad_block() {
	local layout
	for layout in flat compact; do
		new_image --$layout
		put_sim_below base
		activate "${quick[@]}"
		tell sim-base rule add op=read,sectors=2059+1,error=medium
		message prefetch start
		eventually expect_status local 4095 prefetch retrying
		expect_status prefetch_errors ">0" complete 0 base_failing_ranges 1
		do_ask dm message disk base errors
		[[ $answer = "2056+8 errors "* ]] || fail "list: $answer"
		fails ENODATA read 1M+4K 4K
		holds 1M 4K base
		holds 1M+8K 1M base
		good_base
		eventually expect_status complete 1 base ok prefetch complete
		holds 0 16M base
		close_disk
		take_sim_away base
	done
}

# One: nothing is given up that could still be halved.
test_prefetch_gives_up_a_bad_block_after_its_limit() {
	failing_base base_retry_limit=1
	tell sim-base rule add op=read,sectors=2059+1,error=medium
	message prefetch start
	eventually expect_status prefetch gave-up local 4095 base_given_up_ranges 1
	logged "is given up"
	reads_nothing_of "$base" pause 0.5
	good_base
	pause 0.3
	expect_status prefetch gave-up
	message base retry
	eventually expect_status complete 1 prefetch complete
}

test_guest_writes_what_prefetch_could_not_read() {
	failing_base base_retry_limit=12
	tell sim-base rule add op=read,sectors=2059+1,error=medium
	message prefetch start
	eventually expect_status prefetch gave-up local 4095
	write 1M+4K 4K A
	eventually expect_status complete 1 prefetch complete base ok
	holds 0 1M+4K base
	holds 1M+4K 4K A
	holds 1M+8K 15M-8K base
}

test_prefetch_goes_on_when_a_dead_base_is_back() {
	failing_base
	no_base_reads
	message prefetch start
	eventually expect_status prefetch retrying base away
	expect_status local 0
	good_base
	eventually expect_status complete 1 base ok
	holds 0 16M base
}

# One at a time asks whether it is back, and not in a hurry.
test_prefetch_does_not_hammer_a_dead_base() {
	new_image --compact
	put_sim_below base
	activate prefetch_throttle_ms=0 base_retry_first_ms=200 base_retry_longest_ms=1000
	no_base_reads
	message prefetch start
	eventually expect_status base away
	get_status
	pause 2
	expect_status prefetches "<$((status[prefetches] + 15))" complete 0
}

test_prefetch_goes_on_with_a_new_base_after_the_old_one_died() {
	failing_base
	no_base_reads
	message prefetch start
	eventually expect_status prefetch retrying
	base=$golden
	table_line "${quick[@]}" prefetch_start_delay_s=0
	do_ask dm load disk "$table"
	do_ask dm resume disk
	eventually expect_status complete 1 base ok
	dm_remove sim-base
	holds 0 16M base
}

test_store_error_of_prefetch_is_tried_again() {
	new_image --compact
	put_sim_below image
	activate "${quick[@]}"
	tell sim-image rule add "op=write,count=3,error"
	message prefetch start
	eventually expect_status complete 1 store_errors 3 mode rw
	holds 0 16M base
}
