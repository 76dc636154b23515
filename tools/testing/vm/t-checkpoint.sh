# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Checkpoints, and what happens when metadata can not be written.

test_checkpoint_message_frees_the_journal() {
	for_layouts checkpoint_frees
}

checkpoint_frees() {
	activate commit_interval_ms=3600000
	write 1M 4K A
	flush
	expect_status journal_used 1 dirty_pages ">0"
	message checkpoint
	message checkpoint
	expect_status journal_used 0 dirty_pages 0 checkpoints 3
	checks_while_active
}

# changed_copy BEFORE_0 BEFORE_1: which copy of the superblock was written; in $answer
changed_copy() {
	local first
	sum "$image" 0 4K
	first=$answer
	sum "$image" 64K 4K
	case "$([ "$first" = "$1" ]; echo $?)$([ "$answer" = "$2" ]; echo $?)" in
	10) answer=0 ;;
	01) answer=1 ;;
	*) fail "not one of the copies of the superblock was written" ;;
	esac
}

test_copies_of_the_superblock_are_written_in_turn() { # I-MET-3
	local n first second last=
	new_image --compact
	activate
	for n in 1 2 3 4; do
		write ${n}M 4K A
		sum "$image" 0 4K
		first=$answer
		sum "$image" 64K 4K
		second=$answer
		message checkpoint
		changed_copy "$first" "$second"
		[ "$answer" != "$last" ] || fail "copy $answer was written twice in a row"
		last=$answer
	done
}

# Two slots a page: what is valid on the disk is whole at any time.
checks_while_active() {
	close_disk
	checks
}

test_tiny_journal_wraps_many_times() {
	for_layouts wrap_journal
}

# 16 blocks; 80 commits. What was flushed must be there, although nothing but
# flushed data survives.
wrap_journal() {
	local i
	with_cache
	activate commit_interval_ms=3600000
	expect_status journal_blocks 16
	for ((i = 0; i < 80; i++)); do
		write $((i * 100))K 4K A
		flush
	done
	expect_status commits 80 checkpoints ">5"
	power_cut
	activate
	for ((i = 0; i < 80; i++)); do
		holds $((i * 100))K 4K A
		holds $((i * 100 + 4))K 96K base
	done
}

test_writes_go_on_during_a_checkpoint() {
	new_image --compact
	put_sim_below image
	activate commit_interval_ms=3600000
	write 1M 4K A
	# The bitmap lies at 128 KiB, one page and its second slot.
	tell sim-image rule add op=write,sectors=256+16,hold
	dmsetup message disk 0 checkpoint &
	pause 0.3
	write 2M 4K B
	flush
	holds 2M 4K B
	release_sim sim-image
	wait $! || fail "the checkpoint failed"
	activate_again
	holds 1M 4K A
	holds 2M 4K B
}

# A checkpoint that is held frees nothing; so after some commits the ring is full,
# and the rest waits. What was answered until the power fails is there.
test_commits_wait_for_room_in_the_ring() { # I-CMT-4 I-CKP-2
	local i answered=()
	new_image --flat --journal-size 64K
	with_cache
	activate commit_interval_ms=3600000 no_copy_on_read
	write 0 4K A
	flush
	# The bitmap lies at 128 KiB, one page and its second slot.
	tell sim-image rule add op=write,sectors=256+16,hold
	dmsetup message disk 0 checkpoint &
	pause 0.3
	for ((i = 1; i < 40; i++)); do
		start "write$i" write $((i * 100))K 4K A fua
		pause 0.05
	done
	for ((i = 1; i < 40; i++)); do
		ask running "write$i" || answered+=("$i")
	done
	[ ${#answered[@]} -gt 3 ] || fail "only ${#answered[@]} writes were answered"
	[ ${#answered[@]} -lt 16 ] || fail "${#answered[@]} commits in 16 blocks"
	tell sim-image power_cut keep none
	for ((i = 1; i < 40; i++)); do
		try_finish "write$i" || :
	done
	wait
	power_came_back
	activate
	holds 0 4K A
	for i in "${answered[@]}"; do
		holds $((i * 100))K 4K A
	done
}

test_failed_page_write_makes_the_device_read_only() {
	for_layouts failed_page_write
}

# The metadata lies in front of the data, the bitmap from 128 KiB on.
failed_page_write() {
	with_cache
	activate commit_interval_ms=3600000
	write 1M 4K A
	flush
	tell sim-image rule add op=write,sectors=256+1792,error
	fails EIO checkpoint
	expect_status mode ro
	fails EIO write 2M 4K B
	fails EIO write 1M 4K B
	fails EIO flush
	holds 1M 4K A
	holds 2M 1M base
	logged "read-only"
	tell sim-image rule del all
	# It never comes back by itself.
	fails EIO write 2M 4K B
	expect_status mode ro
	close_disk
	is_clean no
	activate
	holds 1M 4K A
	write 2M 4K B
	expect_status mode rw
	close_disk
	take_sim_away image
}

try_checkpoint() { ask dm message disk checkpoint; }

# There is room for the changes of one commit while another is under way. Only
# one write waits, so that nobody else's end helps it.
test_write_waits_for_room_until_the_commit_ends() { # I-PND-1
	local at=1032 room i
	hold_commit
	pending_room
	while [ "$room" -gt 0 ]; do
		# Not beside each other: they would share a record.
		for ((i = 0; i < room; i++, at += 8)); do
			write ${at}K 4K B
		done
		pending_room
	done
	start last write ${at}K 4K C
	eventually shows journal $'\nroom_waiters 1\n'
	still_running last
	release_sim sim-image
	finish first
	finish last
	holds ${at}K 4K C
	shows journal $'\nroom_waiters 0\n'
}

# pending_room: sets $room, for so many first writes at least; one takes 44 bytes at most
pending_room() {
	in_debugfs journal
	[[ $shown =~ pending_bytes\ ([0-9]+).pending_most_bytes\ ([0-9]+) ]] ||
		fail "no pending bytes: $shown"
	room=$(((BASH_REMATCH[2] - BASH_REMATCH[1]) / 44))
}

# fail_commit: the one that hold_commit holds
fail_commit() {
	tell sim-image rule del all
	do_ask dm message sim-image list
	tell sim-image fail "${answer%% *}" ioerr
}

# The second waits for the next commit, which never comes.
test_flush_behind_a_failing_commit_fails() { # I-CMT-3
	hold_commit
	start second flush
	still_running second
	fail_commit
	fails EIO finish first
	fails EIO finish second
	expect_status mode ro
}

# Its block is in the image, as memory knows; the journal never learns it. The
# kernel's flush after such a write is lost above, so that it tells nothing.
test_fua_write_in_place_beside_a_failing_commit_fails() { # I-CMT-3
	hold_commit
	sim sim-above "$disk" rules 1 op=flush,lose
	on /dev/mapper/sim-above start second write 1M 4K B fua
	still_running second
	fail_commit
	fails EIO finish first
	fails EIO finish second
}

# The same, but the commit has failed when the write's own I/O ends.
test_fua_write_in_place_that_outlives_a_failing_commit_fails() {
	hold_commit
	sim sim-above "$disk" rules 1 op=flush,lose
	tell sim-image rule add op=write,hold
	on /dev/mapper/sim-above start second write 1M 4K B fua
	still_running second
	fail_commit
	fails EIO finish first
	still_running second
	release_sim sim-image
	fails EIO finish second
}

test_failed_journal_write_fails_the_flush() { # I-CMT-5 I-IMG-2
	for_layouts failed_journal_write
}

failed_journal_write() {
	local before
	with_cache
	activate commit_interval_ms=3600000
	write 1M 4K A
	flush
	write 2M 4K B
	events
	before=$answer
	tell sim-image rule add op=fua,error
	fails EIO flush
	eventually event_after "$before"
	expect_status mode ro
	tell sim-image rule del all
	fails EIO flush
	fails EIO write 3M 4K C
	holds 1M 4K A
	power_cut
	activate
	holds 1M 4K A
	holds 2M 4K "base|B"
	holds 3M 4K base
}

event_after() {
	events
	[ "$answer" -gt "$1" ] || fail "no event: $answer"
}

test_failed_flush_below_fails_the_flush() {
	new_image --compact
	put_sim_below image
	activate commit_interval_ms=3600000
	write 1M 4K A
	flush
	tell sim-image rule add op=flush,error
	fails EIO flush
	tell sim-image rule del all
	flush
	expect_status mode rw
}

test_failed_flush_below_fails_the_commit() {
	new_image --compact
	put_sim_below image
	activate commit_interval_ms=3600000
	write 1M 4K A
	tell sim-image rule add op=flush,error
	# Below is device mapper, which forgets the error of a preflush of a write
	# with data; so the flush has to come alone.
	fails EIO flush
	expect_status mode ro
}

# The unclean mark must not become durable when what lies before it did not.
test_failed_flush_before_a_superblock_is_refused() {
	new_image --compact
	put_sim_below image
	tell sim-image rule add op=flush,error
	refused "checkpoint failed: error -5"
	tell sim-image rule del all
	is_clean yes
}

# fsync() takes "not supported" for "there is no cache", and reports success.
test_commit_that_is_not_supported_fails_the_flush() {
	new_image --compact
	with_cache
	activate commit_interval_ms=3600000
	write 1M 4K A
	tell sim-image rule add op=fua,error=notsupp
	fails EIO flush
	expect_status mode ro
	power_cut
	activate
	holds 1M 4K base
}

test_failed_superblock_at_activation_is_refused() {
	new_image --compact
	put_sim_below image
	tell sim-image rule add op=fua,error
	table_line
	table_refused "checkpoint failed" "$table"
	tell sim-image rule del all
	is_clean yes
	activate
	write 1M 4K A
	holds 1M 4K A
}

test_failed_clean_mark_leaves_the_image_unclean() { # I-CKP-4
	new_image --compact
	put_sim_below image
	activate commit_interval_ms=3600000
	write 1M 4K A
	flush
	tell sim-image rule add op=fua,sectors=0+256,error
	close_disk
	logged "not marked clean"
	tell sim-image rule del all
	is_clean no
	activate
	holds 1M 4K A
}
