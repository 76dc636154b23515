# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The table line, reloads, suspend and resume.

test_table_recreates_the_device() {
	new_image --compact
	activate no_copy_on_read no_discard ignore_base_stamp \
		fetch_window_bytes=8192 commit_interval_ms=77
	write 1M 4K A
	message copy_on_read on
	message low_space_chunks 5
	message copy_on_read_limit_bytes 123456
	do_ask dm table disk
	table=$answer
	[[ $table = *" 3 copy_on_read no_discard ignore_base_stamp "[0-9]*" \
fetch_window_bytes 8192 copy_on_read_limit_bytes 123456 commit_interval_ms 77 \
low_space_chunks 5"* ]] || fail "table is: $table"
	close_disk
	dm disk "$table"
	do_ask dm table disk
	[ "$answer" = "$table" ] || fail "table became: $answer"
	holds 1M 4K A
}

test_table_of_a_read_only_disk_recreates_it() {
	new_image --compact
	activate read_only
	do_ask dm table disk
	table=$answer
	close_disk
	dm disk "$table"
	expect_status mode ro
}

test_status_of_a_table_that_was_not_resumed_yet() {
	new_image --compact
	load_only
	answer=$(dmsetup status --inactive disk) || fail "dmsetup status"
	[[ $answer = *" prefetch off "*" prefetch_throttle starting "*" rw" ]] ||
		fail "status is: $answer"
	do_ask dm resume disk
	holds 1M 4K base
}

test_features_and_settings_may_be_left_out() {
	local words
	new_image --compact
	for words in "" " 0" " 0 0" " 1 copy_on_read" " 0 2 commit_interval_ms 5" \
		" 1 READ_ONLY 2 Commit_Interval_MS 5"; do
		dm disk "0 32768 fvd $image $base -$words"
		holds 1M 4K base
		close_disk
	done
}

# table_refused_of REGEX WORDS: after the three devices
table_refused_of() {
	table_refused "$1" "0 32768 fvd $image $base - $2"
}

test_bad_features_are_refused() {
	new_image --compact
	writes_nothing_to "$image" bad_features
	activate
	holds 1M 4K base
}

bad_features() {
	table_refused_of 'unknown feature "sparkling"' "1 sparkling"
	table_refused_of 'read_only given twice' "2 read_only read_only"
	table_refused_of 'copy_on_read conflicts with' "2 copy_on_read no_copy_on_read"
	table_refused_of 'number of feature arguments' "6 a b c d e f"
	table_refused_of 'no_discard given twice, expected once' "2 no_discard NO_DISCARD"
	table_refused_of '' "2 read_only"
	table_refused_of '' "-1"
	table_refused_of '' "x"
}

test_bad_settings_are_refused() {
	new_image --compact
	writes_nothing_to "$image" bad_settings
	activate
	holds 1M 4K base
}

bad_settings() {
	table_refused_of 'unknown setting "colour"' "0 2 colour 5"
	table_refused_of 'must be even, found 1' "0 1 commit_interval_ms"
	table_refused_of 'must be a number from 1 to 3600000, found "0"' "0 2 commit_interval_ms 0"
	table_refused_of 'from 1 to 3600000' "0 2 commit_interval_ms 3600001"
	table_refused_of 'from 1 to 3600000' "0 2 commit_interval_ms -5"
	table_refused_of 'from 1 to 3600000' "0 2 commit_interval_ms 5x"
	table_refused_of 'a power of two from 4096 to 1048576, found "12288"' "0 2 fetch_window_bytes 12288"
	table_refused_of 'from 4096 to 1048576' "0 2 fetch_window_bytes 2097152"
	table_refused_of 'from 4096 to 1048576' "0 2 fetch_window_bytes 512"
	table_refused_of 'from 0 to 1073741824' "0 2 copy_on_read_limit_bytes 1073741825"
	table_refused_of 'from 0 to 4294967295' "0 2 low_space_chunks 4294967296"
	table_refused_of 'number of core arguments' "0 10 a 1 b 2 c 3 d 4 e 5"
	table_refused_of 'behind the end of the table line' "0 0 more"
}

test_settings_given_twice_are_refused() {
	new_image --compact
	writes_nothing_to "$image" settings_given_twice
	activate
	holds 1M 4K base
}

# With the same value, with another, and whatever the case.
settings_given_twice() {
	table_refused_of 'commit_interval_ms given twice, found "5" as well' \
		"0 4 commit_interval_ms 5 commit_interval_ms 5"
	table_refused_of 'low_space_chunks given twice, found "7" as well' \
		"0 6 low_space_chunks 5 commit_interval_ms 5 Low_Space_Chunks 7"
}

test_bad_devices_and_lengths_are_refused() {
	new_image --compact
	writes_nothing_to "$image" bad_devices
	activate
	holds 1M 4K base
}

bad_devices() {
	table_refused 'expected <image dev>' "0 32768 fvd $image $base"
	table_refused 'expected <image dev>' "0 32768 fvd"
	table_refused 'image device can not be opened: "/dev/nosuch", error -[0-9]+' "0 32768 fvd /dev/nosuch $base -"
	table_refused 'base device can not be opened' "0 32768 fvd $image /dev/nosuch -"
	table_refused 'data device can not be opened' "0 32768 fvd $image $base /dev/nosuch"
	table_refused 'image device can not be opened' "0 32768 fvd - $base -"
	table_refused '32760 sectors at 0, expected 32768 at 0' "0 32760 fvd $image $base -"
	table_refused '32776 sectors at 0, expected 32768 at 0' "0 32776 fvd $image $base -"
	table_refused '' "8 32768 fvd $image $base -"
}

test_disk_must_begin_at_sector_0() {
	new_image --compact
	! printf '0 8 zero\n8 32768 fvd %s %s -\n' "$image" "$base" |
		dmsetup create refused 2>/dev/null || {
		made+=(refused)
		fail "not refused"
	}
	logged "must appear alone"
}

test_smaller_base_is_refused() {
	new_image --compact
	base=$short
	writes_nothing_to "$image" refused "base device has 9443840 bytes, the image was made from 16777216"
}

test_larger_base_is_taken() {
	base=$short
	new_image --compact
	base=$golden
	activate
	# What lies behind the recorded end is not the disk's.
	holds 0 9M+13s base
	holds 9M+13s 7M-13s zero
}

test_different_base_is_refused() {
	do_ask copy "$golden" 0 16M "$spare" 0
	new_image --compact
	base=$spare
	# The same content elsewhere is fine.
	activate
	holds 0 16M base
	close_disk
	on "$spare" write 0 4K X
	new_image --compact
	base=$golden
	writes_nothing_to "$image" refused "base device has stamp [0-9a-f]*, the image was made from one with"
	base=$spare
	activate no_copy_on_read
	holds 0 4K X
	close_disk
	base=$golden
	activate ignore_base_stamp
	holds 0 16M base
}

test_data_device_holds_the_raw_disk() {
	data=$spare
	on "$spare" write 8M 8M stale
	new_image --flat
	activate no_copy_on_read
	write 1M+1s 1s A
	write 5M 1M B
	flush
	# At its own offset, and nothing else.
	on "$spare" holds 1M 1s base
	on "$spare" holds 1M+1s 1s A
	on "$spare" holds 5M 1M B
	on "$spare" holds 8M 8M stale
	holds 8M 8M base
	activate_again
	holds 1M+1s 1s A
	holds 5M 1M B
	holds 6M 10M base
}

test_data_device_is_flushed_before_the_journal() { # I-CMT-2
	data=$spare
	new_image --flat
	put_sim_below data cache 33554432
	with_cache
	activate commit_interval_ms=3600000
	write 1M 64K A
	flush
	tell sim-data power_cut keep none
	power_cut
	data=$spare
	dm_remove sim-data
	activate
	holds 1M 64K A
}

test_wrong_data_devices_are_refused() {
	new_image --flat
	data=$spare
	writes_nothing_to "$spare" refused "has no data device, but one is given"
	new_image --flat
	data=
	writes_nothing_to "$image" refused "keeps its data on a data device, none given"
	data=$short
	writes_nothing_to "$image" refused "data device has 9443840 bytes, the disk has 16777216"
	# The image's own device is no data device.
	data=$image
	writes_nothing_to "$image" refused "keeps its data on a data device, none given"
}

test_reload_switches_the_base_under_load() {
	do_ask copy "$golden" 0 16M "$spare" 0
	new_image --compact
	activate
	start_load
	for base in "$spare" "$golden" "$spare"; do
		reload
		pause 0.1
	done
	finish_load
	# The old base is free, the new one is read.
	message copy_on_read off
	reads_nothing_of "$golden" holds 12M 1M base
	load_content
}

# Writers and readers at once: 0 to 4M is written, 4M to 8M read.
start_load() {
	local i
	for i in 0 1 2 3; do
		start writer$i write ${i}M 1M A fua
		start reader$i holds $((i + 4))M 1M base
		start mixer$i write $((i + 8))M+3s 2s B
	done
}

finish_load() {
	local i
	for i in 0 1 2 3; do
		finish writer$i
		finish reader$i
		finish mixer$i
	done
}

load_content() {
	local i
	holds 0 4M A
	holds 4M 4M base
	for i in 8 9 10 11; do
		holds ${i}M 3s base
		holds ${i}M+3s 2s B
		holds ${i}M+5s 64K base
	done
}

test_reload_changes_features_under_load() {
	new_image --compact
	activate
	start_load
	reload no_copy_on_read no_discard
	expect_status copy_on_read off
	reload copy_on_read commit_interval_ms=10
	reload read_only
	expect_status mode ro
	reload
	expect_status mode rw
	finish_load_in_part
	write 0 1M C
	holds 0 1M C
	close_disk
	checks
}

# While it was read-only, writes failed; that is what was asked for.
finish_load_in_part() {
	local i
	for i in 0 1 2 3; do
		finish reader$i
		try_finish writer$i || [ "$answer" = EIO ] || fail "$answer"
		try_finish mixer$i || [ "$answer" = EIO ] || fail "$answer"
	done
	holds 0 4M "A|base"
	holds 4M 4M base
}

test_reload_keeps_what_only_memory_knows() {
	new_image --compact
	activate commit_interval_ms=3600000
	write 1M 4K A
	holds 2M 64K base
	get_status
	reload commit_interval_ms=3600000
	holds 1M 4K A
	reads_nothing_of "$base" holds 2M 64K base
	expect_status first_writes 1
}

test_refused_reload_changes_nothing() {
	new_image --compact
	activate commit_interval_ms=77
	write 1M 4K A
	! ask dm load disk "0 32768 fvd $image $short - 0 0" || fail "not refused"
	! ask dm load disk "0 32768 fvd $image $base $spare 0 0" || fail "not refused"
	! ask dm load disk "0 32768 fvd $image $base - 1 sparkling" || fail "not refused"
	! ask dm load disk "0 16384 fvd $image $base - 0 0" || fail "not refused"
	do_ask dm resume disk
	do_ask dm table disk
	[[ $answer = *"commit_interval_ms 77"* ]] || fail "table is: $answer"
	holds 1M 4K A
	write 2M 4K B
	holds 2M 4K B
}

test_reload_that_is_cleared_changes_nothing() {
	new_image --compact
	activate
	write 1M 4K A
	table_line read_only
	do_ask dm load disk "$table"
	dmsetup clear disk || fail "dmsetup clear"
	do_ask dm suspend disk
	do_ask dm resume disk
	expect_status mode rw
	write 2M 4K B
	holds 1M 4K A
}

test_suspend_and_resume_under_load() {
	local i
	new_image --compact
	activate
	start_load
	for i in 1 2 3 4 5; do
		do_ask dm suspend disk
		is_clean yes
		do_ask dm resume disk
	done
	finish_load
	load_content
	close_disk
	checks
}

test_suspend_without_flush_under_load() {
	local i
	new_image --compact
	activate
	start_load
	for i in 1 2 3 4 5; do
		do_ask dm suspend disk noflush
		pause 0.05
		do_ask dm resume disk
	done
	finish_load
	load_content
	close_disk
	checks
}

test_suspend_waits_for_a_fetch_that_is_stored() {
	new_image --compact
	put_sim_below image
	activate
	tell sim-image rule add op=write,sectors=2048+100000,hold
	holds 1M 4K base
	dmsetup suspend --nolockfs disk &
	pause 0.3
	kill -0 $! || fail "suspended with a store in flight"
	release_sim sim-image
	wait $! || fail "dmsetup suspend"
	do_ask dm resume disk
	expect_status local 16 store_errors 0
}

# The clean mark comes after it.
test_close_waits_for_a_fetch_that_is_stored() {
	new_image --compact
	put_sim_below image
	activate
	tell sim-image rule add op=write,sectors=2048+100000,hold
	holds 1M 4K base
	dmsetup suspend --nolockfs disk &
	still_alive $! || fail "suspended with a store in flight"
	release_sim sim-image
	wait $! || fail "dmsetup suspend"
	is_clean yes
	close_disk
	activate
	expect_status local 16
	reads_nothing_of "$base" holds 1M 4K base
}

still_alive() {
	pause 0.3
	kill -0 "$1"
}

test_lower_device_can_be_replaced_while_suspended() {
	slice lower "$image" 0 65536
	image=/dev/mapper/lower
	new_image --compact
	activate
	write 1M 4K A
	do_ask dm suspend disk
	do_ask dm load lower "0 81920 linear $image_disk 0"
	do_ask dm resume lower
	do_ask dm resume disk
	holds 1M 4K A
	write 2M 4K B
	holds 2M 4K B
}

test_remove_of_a_disk_in_use_is_refused() {
	new_image --compact
	put_sim_below base
	activate
	tell sim-base rule add op=read,hold
	start reader holds 1M 4K base
	still_running reader
	! dmsetup remove disk 2>/dev/null || fail "removed under a reader"
	release_sim sim-base
	finish reader
	close_disk
}

test_file_system_on_the_disk() {
	command -v mkfs.ext4 >/dev/null || skip "no mkfs.ext4"
	base=
	new_image --compact
	activate
	mkfs.ext4 -q "$disk" || fail "mkfs"
	mkdir "$folder/mnt"
	mount "$disk" "$folder/mnt" || fail "mount"
	cp -r "$here" "$folder/mnt/copy" || fail "cp"
	umount "$folder/mnt"
	activate_again
	fsck.ext4 -fn "$disk" >/dev/null || fail "fsck"
	mount "$disk" "$folder/mnt" || fail "mount again"
	diff -r "$here" "$folder/mnt/copy" || fail "the files differ"
	umount "$folder/mnt"
	rmdir "$folder/mnt"
}

test_table_with_another_target_is_refused() { # I-TGT-2
	new_image --compact
	table_line
	! printf '%s\n%s\n' "$table" "32768 8 error" | dmsetup create two 2>/dev/null ||
		fail "there is a device of two targets"
	logged "must appear alone"
	activate
}

# A base that wants buffers aligned to its large blocks, as dm-crypt does.
test_base_says_how_memory_must_be_aligned() {
	modprobe dm-crypt 2>/dev/null || skip "no dm-crypt"
	dm crypt "0 32768 crypt aes-xts-plain64 $(printf %064d 7) 0 $base 0 1 sector_size:4096"
	base=/dev/mapper/crypt
	new_image --compact
	activate
	read -r answer <"/sys/dev/block/$(stat -L -c %Hr:%Lr "$disk")/queue/dma_alignment"
	[ "$answer" = 4095 ] || fail "dma_alignment is $answer"
}
