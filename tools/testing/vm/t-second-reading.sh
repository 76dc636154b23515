# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Bugs that a second reading of the code found.

test_reads_of_a_dead_base_take_no_chunks() {
	local i
	new_image --compact --chunk-size 64K
	put_sim_below base
	activate copy_on_read
	tell sim-base rule add op=read,error
	for ((i = 0; i < 100; i++)); do
		fails EIO read $((i * 64))K 4K
	done
	# Each is tried twice: the window around it, then it alone.
	expect_status used 0 base_errors 200
	tell sim-base rule del all
	holds 0 4K base
	eventually expect_status used 1
	close_disk
	checks
}

test_first_error_of_the_base_is_an_event() {
	local before
	new_image --flat
	put_sim_below base
	activate copy_on_read
	events
	before=$answer
	tell sim-base rule add op=read,error
	fails EIO read 0 4K
	fails EIO read 1M 4K
	eventually event_came "$before"
}

event_came() {
	events
	[ "$answer" -gt "$1" ] || fail "no event since $1"
}

# A commit of a checkpoint needs room, whatever came before it. Of the ring's 16
# blocks a commit takes four. While the first checkpoint is held others fill what
# they may; its own commit comes on top, and it frees nothing, because nothing was
# used when it began. Then the next one has to find room for as large a commit.
# Refilled chunks make the largest records: 308 use up what may be pending.
test_full_ring_gets_free_again() { # I-PND-1 I-CMT-4
	! is_tcg || skip "too many writes for TCG"
	fill_the_ring 500
}

# A commit that is asked for may leave no less for the next checkpoint's.
test_full_ring_gets_free_again_beside_messages() { # I-CMT-4
	! is_tcg || skip "too many writes for TCG"
	fill_the_ring 1000 commit commit commit
}

# fill_the_ring WRITES [MESSAGE]...: that wait for the first checkpoint, too
fill_the_ring() {
	local i word asked_for=() end=$1
	shift
	new_image --compact --chunk-size 16K
	put_sim_below image
	activate commit_interval_ms=3600000 no_copy_on_read
	discard 0 "$size"
	flush
	message checkpoint
	message checkpoint
	expect_status journal_used 0
	# Something dirty, and nothing of it in the ring.
	write 0 4K A
	# Bitmap and table lie in front of the data; the first page from 128 KiB.
	tell sim-image rule add op=write,sectors=256+16,hold
	for word in checkpoint "$@"; do
		dmsetup message disk 0 "$word" &
		asked_for+=($!)
		pause 0.3
	done
	for ((i = 1; i < 14; i++)); do
		start "flushed$i" write $((i * 16))K 4K A fua
		pause 0.05
	done
	for ((i = 20; i < end; i++)); do
		start "write$i" write $((i * 16))K 4K A
	done
	eventually shows journal $'\nroom_waiters [1-9]'
	# The rules stay: a checkpoint ends, and the next one begins, when all that may
	# be pending is pending.
	tell sim-image rule add op=write,sectors=0+136,hold
	for i in 1 2 3; do
		tell sim-image release all
		pause 1
	done
	release_sim sim-image
	for ((i = 1; i < 14; i++)); do
		finish "flushed$i"
	done
	for ((i = 20; i < end; i++)); do
		finish "write$i"
	done
	flush
	for i in "${asked_for[@]}"; do
		wait "$i" || fail "a message failed"
	done
	for ((i = 0; i < end; i += 25)); do
		holds $((i * 16 + 4))K 12K zero
	done
	close_disk
	checks
}

test_lie_about_complete_is_refused() {
	new_image --flat
	edit_image 's/^\(.*base_img_fully_prefetched\) 0/\1 1/'
	refused "says it is complete"
	base='' refused "says it is complete"
}

test_complete_image_that_crashed_is_read_only_first_then_writable() {
	new_image --flat
	with_cache
	activate copy_on_read commit_interval_ms=3600000
	read_all
	write 1M 4K A
	message commit
	power_cut keep all
	activate read_only
	holds 1M 4K A
	reload
	holds 1M 4K A
	write 2M 4K B
	flush
	activate_again
	holds 2M 4K B
	holds 1M 4K A
}
