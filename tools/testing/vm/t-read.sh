# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Where a read finds its data.

test_read_takes_from_the_base_what_was_never_written() {
	for_layouts read_all_from_base
}

read_all_from_base() {
	activate no_copy_on_read
	holds 0 16M base
	# One sector at the first, a middle, and the last place.
	holds 0 1s base
	holds 5M+3s 1s base
	holds 16M-1s 1s base
	expect_status base_read_sectors ">=32768" fetches 0 used 0
}

test_read_takes_from_the_image_what_was_written() {
	for_layouts read_written
}

read_written() {
	activate no_copy_on_read
	write 3M 64K A
	reads_nothing_of "$base" holds 3M 64K A
	holds 0 3M base
	holds 3M+64K 1M base
}

test_read_is_zero_behind_a_short_base() {
	base=$short
	for_layouts read_short
}

# The base ends at 9M+13s, in the middle of a block, and here of one read.
read_short() {
	activate no_copy_on_read
	holds 0 9M+13s base
	holds 9M+13s 7M-13s zero
	holds 9M+8s 5s base
	do_ask tags "$disk" 9M+8s 16s
	[[ $answer = "base:18440+5 zero:18445+11" ]] || fail "across the end: $answer"
	activate_again copy_on_read
	do_ask tags "$disk" 9M+8s 16s
	[[ $answer = "base:18440+5 zero:18445+11" ]] || fail "fetched: $answer"
	holds 9M+13s 7M-13s zero
}

test_read_is_zero_without_a_base() {
	base=
	for_layouts read_no_base
}

# There are stale bytes on the device.
read_no_base() {
	activate
	holds 0 16M zero
	write 5M+4K 4K A
	holds 5M 4K zero
	holds 5M+4K 4K A
	holds 5M+8K 11M-8K zero
}

test_read_across_image_base_and_zeros_in_one_request() {
	base=$short
	for_layouts read_mixed
}

read_mixed() {
	activate no_copy_on_read
	write 9M-8K 4K A
	write 9M+16K 4K B
	do_ask tags "$disk" 9M-16K 64K
	[ "$answer" = "base:18400+16 A:18416+8 base:18424+21 zero:18445+19 B:18464+8 zero:18472+56" ] ||
		fail "found $answer"
}

test_read_of_every_block_size() {
	local block
	base=$short
	for block in 4096 16384 65536 262144 1048576; do
		echo "# $block"
		new_image --compact --block-size $block
		activate
		expect_status block_size $block
		write 2M+4K 1s A
		holds 2M 4K base
		holds 2M+4K 1s A
		holds 2M+4K+1s 7M-4K+12s base
		holds 9M+13s 7M-13s zero
		give_up
	done
}

test_read_of_a_chunk_larger_than_an_operation() {
	new_image --compact --chunk-size 4M --block-size 8K
	activate
	write 1M 3M A
	write 4M+8K 8K B
	holds 0 1M base
	holds 1M 3M A
	holds 4M 8K base
	holds 4M+8K 8K B
	holds 4M+16K 12M-16K base
}

# io_uring asks so first, and takes a thread for what would have to wait.
test_read_without_waiting_reads_what_is_local_and_leaves_the_base_alone() { # I-BIO-2
	for_layouts read_without_waiting
}

read_without_waiting() {
	activate copy_on_read
	fails EAGAIN read 1M 4K now
	expect_status fetches 0 base_read_sectors 0
	write 1M 4K A now
	try_read 1M 4K now || fail "read what was just written: $answer"
	holds 1M 4K A
	# Half of it is in the base.
	fails EAGAIN read 1M 8K now
	holds 1M+4K 4K base
}

# Otherwise io_uring hands EAGAIN to its user, who asks again, for ever.
test_request_without_waiting_is_served_whole_or_not_at_all() { # I-BIO-3
	for_layouts request_without_waiting
}

request_without_waiting() {
	activate copy_on_read
	write 1M 4K A
	write 3M 512K B
	reads_nothing_of "$image" fails EAGAIN read 1M 512K now
	fails EAGAIN write 3M 1M C now
	holds 3M 512K B
	holds 3M+512K 512K base
}

test_polled_read_of_a_base_that_can_not_poll_succeeds() {
	modprobe null_blk nr_devices=1 poll_queues=1 memory_backed=1 size=64 2>/dev/null ||
		skip "no null_blk"
	image=/dev/nullb0
	[ -b "$image" ] || skip "no node of null_blk"
	new_image --compact
	activate no_copy_on_read
	fio --output=fio.log --name=poll --filename="$disk" --rw=read --bs=4k --size=1M \
		--direct=1 --ioengine=io_uring --hipri ||
		fail "fio: $(cat fio.log)"
	expect_status base_errors 0 base_read_sectors ">=2048"
	close_disk
	modprobe -r null_blk
}
