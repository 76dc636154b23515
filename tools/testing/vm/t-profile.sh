# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What a guest touched first is recorded, saved, and fetched first next time.

# record_boot: an image whose profile names three places, in this order
record_boot() {
	new_image --compact
	activate
	message profile record
	holds 12M 64K base
	holds 2M 128K base
	holds 7M+4K 4K base
	message profile save
	expect_status profile_recorded_entries 3
	close_disk
	checks
}

# forget_content: the same image, but nothing of it is local; the profile stays
forget_content() {
	do_ask keep saved "$image" 2M
	new_image --compact
	copy_profile
}

# The region of the profile from what record_boot left, into a new image.
copy_profile() {
	local at
	profile_place
	at=$answer
	do_ask copy "$spare" 0 64K "$image" "$at"
}

# profile_place: its offset in bytes, in $answer
profile_place() {
	local text
	text=$("$fvd" dump "$image") || fail "fvd dump"
	text=${text#*profile_offset }
	answer=${text%%[!0-9]*}
}

save_profile() {
	profile_place
	do_ask copy "$image" "$answer" 64K "$spare" 0
}

# booted_before: a new image with the profile of an earlier boot
booted_before() {
	record_boot
	save_profile
	new_image --compact
	copy_profile
}

test_profile_is_fetched_first_and_in_its_order() {
	booted_before
	put_sim_below base
	activate prefetch_throttle_ms=0 prefetch_slots=1 profile_start_delay_s=-1
	expect_status profile_entries 3 prefetch off
	tell sim-base rule add op=read,hold
	message prefetch start
	# One at a time: sorted by place within what is read in one sweep.
	eventually expect_status prefetches 1 prefetch profile prefetched_sectors 256
	do_ask dm message sim-base list
	[[ $answer = *" 4096 256 "* ]] || fail "first: $answer"
	tell sim-base release all
	eventually expect_status prefetches 2
	do_ask dm message sim-base list
	[[ $answer = *" 14344 8 "* ]] || fail "second: $answer"
	tell sim-base release all
	eventually expect_status prefetches 3
	do_ask dm message sim-base list
	[[ $answer = *" 24576 128 "* ]] || fail "third: $answer"
	release_sim sim-base
	eventually expect_status complete 1 prefetched_sectors 32768
	holds 0 16M base
}

test_profile_is_fetched_at_activation_even_if_the_rest_is_not() {
	booted_before
	activate prefetch_throttle_ms=0
	eventually expect_status local 49 prefetch off prefetched_sectors 392
	pause 0.3
	expect_status local 49
	reads_nothing_of "$base" holds 12M 64K base
	reads_nothing_of "$base" holds 2M 128K base
	reads_nothing_of "$base" holds 7M+4K 4K base
}

test_profile_delay_of_minus_one_leaves_it_alone() {
	booted_before
	activate profile_start_delay_s=-1
	expect_status profile_entries 3 prefetch off
	reads_nothing_of "$base" pause 0.4
}

test_stopped_profile_stays_stopped_after_a_suspend() {
	booted_before
	activate profile_start_delay_s=3600
	expect_status prefetch delayed
	message prefetch stop
	do_ask dm suspend disk
	do_ask dm resume disk
	expect_status prefetch off
	message prefetch start
	eventually expect_status complete 1
}

test_rest_follows_after_its_own_delay() {
	booted_before
	activate prefetch_throttle_ms=0 prefetch_start_delay_s=2
	eventually expect_status local 49 prefetch delayed
	expect_status local 49
	eventually expect_status complete 1
	holds 0 16M base
}

test_profile_hits_are_counted() {
	booted_before
	activate prefetch_throttle_ms=0
	eventually expect_status local 49
	expect_status profile_hits 0
	holds 2M 4K base
	holds 2M 4K base
	holds 12M 4K base
	holds 9M 4K base
	expect_status profile_hits 2 profile_misses 0
	close_disk
	new_image --compact
	copy_profile
	activate profile_start_delay_s=-1
	holds 2M 4K base
	expect_status profile_hits 0 profile_misses 0
	close_disk
	new_image --compact
	copy_profile
	put_sim_below base
	activate profile_start_delay_s=3600
	holds 2M 4K base
	expect_status profile_hits 0 profile_misses 1
}

test_record_sees_what_is_local_already() {
	new_image --flat
	activate
	write 0 16M A
	eventually expect_status complete 1
	message profile record
	holds 5M 1M A
	holds 1M 4K A
	expect_status profile_recorded_entries 2
	message profile stop
	holds 9M 4K A
	expect_status profile_recorded_entries 2
	message profile record
	expect_status profile_recorded_entries 0
}

# The kernel would report a reader who looks at a recording that is gone.
test_recording_is_begun_again_beside_readers() { # I-PFL-2
	local n
	new_image --flat
	activate
	for n in {1..4}; do
		start reader$n read 0 16M
	done
	for n in {1..4}; do
		message profile record
		message profile stop
		expect_status profile_recorded_entries '>=0'
	done
	message profile record
	for n in {1..4}; do
		finish reader$n
	done
	message profile stop
	holds 1M 4K base
}

test_record_is_not_of_what_lies_behind_the_base() {
	base=$short
	new_image --compact
	activate
	message profile record
	holds 10M 1M zero
	expect_status profile_recorded_entries 0
	holds 9M 13s base
	expect_status profile_recorded_entries 1
}

test_damaged_profile_is_ignored_with_a_message() { # I-PFL-1 I-PRF-2
	booted_before
	profile_place
	# A bit of an entry.
	do_ask flip "$image" $((answer + 130))
	activate
	logged "the profile is ignored: profile has a wrong checksum"
	expect_status profile_entries 0 prefetch off
	reads_nothing_of "$base" pause 0.3
	holds 0 16M base
}

# As by a power cut in the middle: the first sector is new, the next one is not.
test_torn_profile_is_ignored_with_a_message() { # I-PFL-1
	local at i
	booted_before
	profile_place
	at=$((answer / 512))
	put_sim_below image
	activate profile_start_delay_s=-1
	expect_status profile_entries 3
	message profile record
	# A sector has room for 24.
	for i in {1..30}; do
		holds $((i * 512))K 4K base
	done
	tell sim-image rule add "op=write,sectors=$at+8,count=1,tear=1"
	message profile save
	close_disk
	take_sim_away image
	activate
	logged "the profile is ignored: profile has a wrong checksum"
	expect_status profile_entries 0 prefetch off
	# Not all of it: a complete image looks for no profile.
	holds 6M 2M base
	# The next one is as good as any.
	message profile record
	holds 5M 4K base
	message profile save
	close_disk
	activate profile_start_delay_s=-1
	expect_status profile_entries 1
}

test_profile_of_another_base_is_ignored_with_a_message() {
	record_boot
	save_profile
	dm other "0 32768 linear $spare 0"
	do_ask write "$spare" 1M 15M base as 2048
	base=$short
	new_image --compact
	copy_profile
	activate
	logged "the profile is ignored"
	expect_status profile_entries 0
}

test_cleared_profile_is_gone() {
	booted_before
	activate profile_start_delay_s=-1
	message profile clear
	close_disk
	activate
	expect_status profile_entries 0
	reads_nothing_of "$base" pause 0.2
}

test_bad_profile_messages_are_refused() {
	new_image --compact
	activate
	message_refused 'must be record, stop, save or clear, found "sing"' profile sing
	message_refused 'profile save failed: error -61' profile save
	close_disk
	base=
	new_image --compact
	activate
	message_refused 'profile record failed: error -61' profile record
	activate_again read_only
	message_refused 'profile save failed: error -30' profile save
}

test_power_cut_while_a_profile_is_saved_loses_nothing_else() {
	local n
	record_boot
	for n in 1 2 3; do
		with_cache
		activate
		write ${n}M 4K A
		flush
		message profile record
		holds 11M 1M base
		tell sim-image cut_policy seed $n
		tell sim-image fail_nth $n "op=write+flush,cut"
		ask dm message disk profile save
		ask dm message sim-image power_cut seed $n
		power_came_back
		activate
		holds ${n}M 4K A
		holds 11M 1M base
		give_up
	done
}
