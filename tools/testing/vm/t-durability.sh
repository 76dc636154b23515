# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What is durable when, and what that costs. with_cache puts a disk below that
# forgets whatever was not flushed.

test_flush_after_first_writes_is_one_journal_block() {
	for_layouts flush_costs
}

flush_costs() {
	put_sim_below image
	activate commit_interval_ms=3600000
	write 1M 4K A
	write 3M+1s 1s B
	io_since sim-image flush
	# One bio: device mapper splits its PREFLUSH off.
	is "flushes" "${io[flush]}" 1
	is "FUA writes" "${io[fua]}" 1
	is "their sectors" "${io[fua_sectors]}" 8
	is "other requests" "$((io[read] + io[write] + io[discard] + io[zeroes]))" 0
	expect_status commits 1 commit_blocks 1 journal_used 1
	close_disk
	take_sim_away image
}

test_flush_without_change_writes_no_metadata() {
	for_layouts flush_without_change
}

flush_without_change() {
	put_sim_below image
	activate commit_interval_ms=3600000
	io_since sim-image flush
	is "requests" "${io[flush]} ${io[fua]} ${io[write]}" "1 0 0"
	write 1M 4K A
	flush
	write 1M 4K B
	io_since sim-image flush
	is "requests after a write in place" "${io[flush]} ${io[fua]} ${io[write]}" "1 0 0"
	holds 2M 1M base
	eventually expect_status stored_sectors 2048
	io_since sim-image flush
	is "requests after a fetch" "${io[flush]} ${io[fua]} ${io[write]}" "1 0 0"
	expect_status commits 1
	close_disk
	take_sim_away image
}

test_no_metadata_is_written_within_the_commit_interval() {
	new_image --compact
	put_sim_below image
	activate commit_interval_ms=3600000
	io_since sim-image write_and_wait
	is "sectors written" "${io[write_sectors]}" 16
	is "flushes and FUA writes" "$((io[flush] + io[fua]))" 0
	expect_status commits 0
}

write_and_wait() {
	write 1M 4K A
	write 2M 4K B
	pause 0.5
}

test_commit_interval_makes_a_write_durable() {
	new_image --compact
	with_cache
	activate commit_interval_ms=100
	write 1M 4K A
	eventually expect_status commits 1
	power_cut
	activate
	holds 1M 4K A
}

test_commit_interval_is_changed_at_run_time() {
	new_image --compact
	activate commit_interval_ms=3600000
	message commit_interval_ms 50
	write 1M 4K A
	eventually expect_status commits 1
}

test_flushed_writes_survive_a_power_cut() {
	base=$short
	for_layouts flushed_writes
}

flushed_writes() {
	with_cache
	activate commit_interval_ms=3600000
	write 1M 128K A
	write 3M+3s 1s B
	write 9M+10s 6s C
	write 12M 4K D
	zero 5M 128K
	flush
	power_cut
	activate
	holds 0 1M base
	holds 1M 128K A
	holds 1M+128K 2M-128K+3s base
	holds 3M+3s 1s B
	holds 3M+4s 2M-4s base
	holds 5M 128K zero
	holds 5M+128K 4M-128K+10s base
	holds 9M+10s 6s C
	holds 9M+16s 3M-16s zero
	holds 12M 4K D
	holds 12M+4K 4M-4K zero
}

test_unflushed_writes_are_old_or_new_after_a_power_cut() { # I-WRT-2
	local seed
	for seed in 1 2 3; do
		for_layouts unflushed_writes
	done
}

# Whichever of the blocks survive: no sector shows anything else.
unflushed_writes() {
	with_cache
	activate commit_interval_ms=3600000
	write 2M 256K A
	flush
	write 2M+128K 256K B
	write 4M+5s 128K C
	holds 6M 128K base
	power_cut seed $seed
	activate
	holds 2M 128K A
	holds 2M+128K 128K "A|B"
	holds 2M+256K 128K "base|B"
	holds 2M+384K 2M-384K+5s base
	holds 4M+5s 128K "base|C"
	holds 4M+5s+128K 12M-5s-128K base
}

test_fua_write_survives_a_power_cut() { # I-WRT-3
	for_layouts fua_write
}

# The kernel sends a flush after such a write; the sim device above loses it.
fua_write() {
	with_cache
	activate commit_interval_ms=3600000
	sim sim-above "$disk" rules 1 op=flush,lose
	on /dev/mapper/sim-above write 1M 4K A fua
	on /dev/mapper/sim-above write 2M+1s 1s B fua
	on /dev/mapper/sim-above write 3M 4K C
	count_io sim-above
	is "FUA writes" "${io[fua]}" 2
	expect_status flushes 0
	dm_remove sim-above
	power_cut
	activate
	holds 1M 4K A
	holds 2M 1s base
	holds 2M+1s 1s B
	holds 3M 4K base
}

test_fua_write_in_place_writes_no_metadata() {
	new_image --compact
	with_cache
	activate commit_interval_ms=3600000
	write 1M 4K A
	flush
	sim sim-above "$disk" rules 1 op=flush,lose
	io_since sim-image on /dev/mapper/sim-above write 1M 4K B fua
	is "requests" "${io[flush]} ${io[fua]} ${io[write]}" "0 1 0"
	dm_remove sim-above
	power_cut
	activate
	holds 1M 4K B
}

test_fua_write_over_an_uncommitted_write_is_durable() {
	new_image --compact
	with_cache
	activate commit_interval_ms=3600000
	sim sim-above "$disk" rules 1 op=flush,lose
	write 1M 4K A
	on /dev/mapper/sim-above write 1M+1s 1s B fua
	dm_remove sim-above
	power_cut
	activate
	holds 1M+1s 1s B
	holds 1M 1s A\|base
	holds 1M+2s 6s A\|base
}

test_flushes_that_come_together_share_commits() {
	local i
	hold_commit op=fua,count=1,hold
	for i in 1 2 3 4 5; do
		write $((i + 1))M 4K B
		start flush$i flush
	done
	still_running flush5
	release_sim sim-image
	finish first
	for i in 1 2 3 4 5; do
		finish flush$i
	done
	expect_status commits 2
}

# Nothing is pending any more then, and nothing of it durable yet.
test_flush_waits_for_a_commit_in_flight() { # I-CMT-1
	hold_commit
	start second flush
	still_running second
	release_sim sim-image
	finish first
	finish second
}

test_flush_waits_for_its_commit() { # I-CMT-3
	hold_commit
	# Reads and writes in place go on meanwhile.
	holds 1M 4K A
	write 1M 4K B
	write 2M 4K C
	release_sim sim-image
	finish first
}

test_journal_is_not_written_before_the_data_is_durable() { # I-CMT-2
	local layout
	base=$short
	for_layouts journal_after_data
}

# The power fails while the journal is being written, after the flush.
journal_after_data() {
	with_cache
	activate no_copy_on_read commit_interval_ms=3600000
	write 1M+1s 1s A
	tell sim-image cut_policy keep all
	tell sim-image rule add op=fua,cut
	fails EIO flush
	power_came_back
	activate no_copy_on_read
	# Neighbours of what was not flushed are the base's, whatever survived.
	holds 1M 1s base
	holds 1M+1s 1s "base|A"
	holds 1M+2s 6s base
}

test_power_cut_at_every_request_of_a_short_life() {
	base=$short
	for_layouts cut_everywhere
}

# Activation, first writes, flush, copy-on-read, checkpoint, discard, close: the
# power fails at the n-th write of all that, and some of the cache survives.
cut_everywhere() {
	local n ended=0 slower=4
	! is_tcg || slower=2
	for ((n = 1; n < 150 && !ended; n += 1 + n / slower)); do
		new_image "--$layout"
		flushed=no
		with_cache
		tell sim-image cut_policy seed $n
		tell sim-image fail_nth $n "op=write+flush+fua+zeroes+discard,cut"
		table_line commit_interval_ms=3600000
		if ask dm create disk "$table"; then
			made+=(disk)
			short_life
			ask dm remove disk && unset "made[-1]"
		fi
		do_ask dm status sim-image
		[[ $answer = *" sim off "* ]] || ended=1
		power_came_back
		image_of_short_life
	done
	[ $ended -eq 1 ] || fail "the life had more than $n writes"
}

short_life() {
	try_write 1M 8K A || return
	try_write 3M+3s 1s B || return
	try_flush || return
	flushed=first
	try_read 5M 64K || return
	try_write 1M+4K 8K C || return
	try_write 9M+10s 6s D || return
	ask dm message disk checkpoint || return
	try_flush || return
	flushed=second
	try_zero 1M 1M || return
	try_write 12M 4K E || return
	try_flush || return
	flushed=third
}

image_of_short_life() {
	echo "# cut at write $n, flushed: $flushed"
	activate
	case $flushed in
	no)	holds 1M 4K "base|A"
		holds 1M+4K 4K "base|A"
		holds 3M+3s 1s "base|B"
		;;
	first)	holds 1M 4K A
		holds 1M+4K 4K "A|C"
		holds 1M+8K 4K "base|C"
		holds 3M+3s 1s B
		holds 9M+10s 3s "base|D"
		;;
	second)	holds 1M 4K "A|zero"
		holds 1M+4K 8K "C|zero"
		holds 1M+12K 1M-12K "base|zero"
		holds 9M+10s 6s D
		;;
	third)	holds 1M 1M zero
		holds 12M 4K E
		;;
	esac
	holds 0 1M base
	holds 2M 1M+3s base
	holds 3M+4s 6M+6s-4s base
	holds 12M+4K 4M-4K zero
	close_disk
	checks
}

test_unclean_mark_is_durable_before_the_first_change() { # I-IMG-1 I-TGT-1
	new_image --compact
	with_cache
	activate
	power_cut
	is_clean no
}

test_clean_mark_is_not_written_before_the_rest_is_durable() { # I-CKP-4 I-IMG-1
	local n
	new_image --compact
	with_cache
	# All writes of the close but the superblock may be lost; and then the
	# superblock says unclean, and the journal is replayed.
	activate commit_interval_ms=3600000
	write 1M 1M A
	flush
	tell sim-image rule add op=fua,sectors=0+8,cut
	tell sim-image rule add op=fua,sectors=128+8,cut
	tell sim-image cut_policy keep none
	close_disk
	power_came_back
	is_clean no
	activate
	holds 1M 1M A
	close_disk
	is_clean yes
}

test_complete_mark_is_not_written_before_the_data_is_durable() { # I-CKP-3
	new_image --flat
	with_cache
	activate commit_interval_ms=3600000 copy_on_read_limit_bytes=67108864
	read_all
	eventually expect_status complete 1
	eventually complete_on_disk
	power_cut
	base=
	activate
	holds 0 16M base
}

complete_on_disk() {
	"$fvd" info "$image" | grep -q "complete: *yes" || fail "not complete"
}
