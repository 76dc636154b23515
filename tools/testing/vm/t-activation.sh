# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# From an image to a disk and back: clean, unclean, read-only, complete.

test_active_image_is_marked_unclean_and_a_closed_one_clean() { # I-TGT-2 I-IMG-3
	for_layouts clean_and_unclean
}

clean_and_unclean() {
	is_clean yes
	activate
	is_clean no
	write 1M 4K A
	close_disk
	is_clean yes
	checks
}

test_suspended_image_is_clean() { # I-TGT-2
	new_image --compact
	activate
	write 1M 4K A
	do_ask dm suspend disk
	is_clean yes
	do_ask dm resume disk
	is_clean no
	holds 1M 4K A
	write 2M 4K B
	holds 2M 4K B
}

test_loaded_table_writes_nothing_before_it_is_resumed() { # I-MET-1 I-TGT-1
	new_image --compact
	writes_nothing_to "$image" load_only
	writes_nothing_to "$image" close_disk
	is_clean yes
}

# unclean_image: three flushed writes, then a power cut; the base is short
unclean_image() {
	base=$short
	new_image "$@"
	with_cache
	activate commit_interval_ms=3600000
	write 1M 8K A
	write 3M+3s 1s B
	flush
	message checkpoint
	write 1M+4K 8K C
	write 12M 64K D
	flush
	power_cut
	is_clean no
	checks 2
}

unclean_content() {
	holds 0 1M base
	holds 1M 4K A
	holds 1M+4K 8K C
	holds 1M+12K 2M-12K+3s base
	holds 3M+3s 1s B
	holds 3M+4s 6M+9s base
	holds 9M+13s 3M-13s zero
	holds 12M 64K D
	holds 12M+64K 4M-64K zero
}

test_unclean_image_is_replayed() {
	local layout
	for layout in flat compact; do
		unclean_image --$layout
		activate
		unclean_content
		close_disk
		is_clean yes
		checks
		activate
		unclean_content
		close_disk
	done
}

test_replay_that_is_interrupted_is_repeated() {
	local n
	unclean_image --compact
	# The power fails at each write of an activation.
	for n in 1 2 3 4; do
		with_cache
		tell sim-image cut_policy seed $n
		tell sim-image fail_nth $n "op=write+flush+fua,cut"
		table_line
		ask dm create disk "$table" && made+=(disk)
		power_came_back
	done
	activate
	unclean_content
}

test_read_only_activation_of_an_unclean_image_writes_nothing() {
	local layout
	for layout in flat compact; do
		unclean_image --$layout
		writes_nothing_to "$image" read_only_life
	done
}

read_only_life() {
	activate read_only copy_on_read
	unclean_content
	fails EIO write 1M 4K E
	flush
	expect_status mode ro fetches 0
	is_clean no
	close_disk
}

test_read_only_table_is_read_only_mode() {
	new_image --compact
	activate
	write 1M 4K A
	close_disk
	table_line
	writes_nothing_to "$image" read_only_table
}

read_only_table() {
	dmsetup create disk --readonly --table "$table" || fail "dmsetup create"
	made+=(disk)
	holds 1M 4K A
	holds 2M 1M base
	expect_status mode ro
	close_disk
}

test_read_only_device_below_is_enough_to_read() {
	new_image --compact
	activate
	write 1M 4K A
	close_disk
	dmsetup create below --readonly --table "0 131072 linear $image 0" ||
		fail "dmsetup create"
	made+=(below)
	image=/dev/mapper/below
	activate read_only
	holds 1M 4K A
	holds 2M 1M base
}

test_second_activation_of_a_device_is_refused() { # I-REG-1
	new_image --compact
	activate
	write 1M 4K A
	refused "already active as"
	refused "already active as" read_only
	holds 1M 4K A
	write 2M 4K B
	close_disk
	activate
	holds 1M 4K A
	holds 2M 4K B
}

test_second_activation_of_a_uuid_is_refused() {
	new_image --compact
	activate
	# The same image by another path, and a copy of it.
	slice other "$image" 0 131072
	image=/dev/mapper/other
	refused "same UUID is active as"
	image=$spare
	do_ask copy "$image_disk" 0 2M "$spare" 0
	edit_image 's/image_size .*/image_size 16777216/'
	writes_nothing_to "$spare" refused "same UUID is active as"
	write 1M 4K A
	holds 1M 4K A
}

test_two_images_are_independent() {
	new_image --compact
	activate
	image=$spare
	size=8M
	base=$short
	disk=/dev/mapper/disk2
	sectors=16384
	base=
	new_image --compact
	activate
	write 1M 1M B
	on /dev/mapper/disk write 1M 1M A
	holds 1M 1M B
	on /dev/mapper/disk holds 1M 1M A
	holds 2M 6M zero
	on /dev/mapper/disk holds 2M 14M base
}

test_complete_image_opens_without_its_base() {
	for_layouts complete_image
}

complete_image() {
	local base=$base
	activate no_copy_on_read
	write 0 4M A
	holds 4M 4K base
	message copy_on_read on
	message copy_on_read_limit_bytes 67108864
	read_all
	eventually expect_status complete 1 local 4096
	close_disk
	base=
	activate
	expect_status complete 1
	holds 0 4M A
	holds 4M 12M base
	write 5M+1s 1s B
	close_disk
	is_clean yes
	checks
	activate
	holds 5M 1s base
	holds 5M+1s 1s B
	holds 5M+2s 1s base
}

test_writing_everything_makes_an_image_complete() {
	local before
	base=$short
	new_image --flat
	activate no_copy_on_read
	events
	before=$answer
	write 0 9M A
	expect_status complete 0
	write 9M 13s B
	eventually expect_status complete 1
	eventually event_after "$before"
	activate_again
	base=
	activate_again
	holds 0 9M A
	holds 9M 13s B
	holds 9M+13s 3s zero
}

test_discarding_everything_makes_an_image_complete() {
	new_image --compact
	activate no_copy_on_read
	write 0 1M A
	discard 1M 15M
	eventually expect_status complete 1 used 1
	base=
	activate_again
	holds 0 1M A
	holds 1M 15M zero
}

test_complete_flat_image_maps_like_linear() {
	new_image --flat
	activate
	write 0 16M A
	activate_again
	close_disk
	put_sim_below image
	activate commit_interval_ms=1
	# Nothing but the requests themselves, at a fixed offset.
	io_since sim-image linear_requests
	is "requests" "${io[read]} ${io[write]} ${io[flush]} ${io[fua]}" "1 1 1 0"
	do_ask holds "$image_disk" 1M+5M 4K B as 10240
	# The write beyond was 4 KiB, the rest is A.
	holds 0 5M A
	holds 5M 4K B
	holds 5M+4K 11M-4K A
}

# A linear mapping does not commit: so not before the last change is committed.
test_write_beside_the_checkpoint_before_linear_is_durable() {
	local pid
	base=
	new_image --flat
	with_cache
	activate commit_interval_ms=3600000
	write 0 16M-4K A
	tell sim-image rule add op=write,sectors=0+136,hold
	dmsetup message disk 0 checkpoint &
	pid=$!
	pause 0.3
	kill -0 $pid || fail "the superblock was not held"
	write 16M-4K 4K B
	tell sim-image rule del all
	tell sim-image release all
	wait $pid || fail "checkpoint"
	flush
	power_cut
	activate
	holds 0 16M-4K A
	holds 16M-4K 4K B
}

linear_requests() {
	write 5M 4K B
	holds 5M 4K B
	flush
}

test_image_needs_its_base_until_it_is_complete() {
	new_image --compact
	base=
	writes_nothing_to "$image" refused "needs its base device"
}

test_image_with_one_block_left_is_not_complete() { # I-CKP-3 I-PRE-2
	new_image --flat
	activate copy_on_read fetch_window_bytes=4096
	write_all_but_a_block
	message checkpoint
	expect_status local 4095 complete 0
	holds 8M 4K base
	eventually expect_status local 4096
	message checkpoint
	expect_status complete 1
}

write_all_but_a_block() {
	write 0 8M A
	write 8M+4K 8M-4K A
}

test_image_without_base_ignores_one() {
	local saved=$base
	base=
	new_image --compact
	base=$saved
	activate
	holds 0 16M zero
}

# B1: a start that fails must not make the next one believe that all is well.
test_failed_activation_leaves_an_unclean_image_as_it_is() { # I-IMG-1
	unclean_image --compact
	base=
	writes_nothing_to "$image" refused "needs its base device"
	dm bad "0 18445 error"
	base=/dev/mapper/bad
	writes_nothing_to "$image" refused "base device can not be read"
	is_clean no
	base=$short
	activate
	unclean_content
}
