# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What prefetch takes of base, image and guest. The policy itself is tested and
# simulated in user space; here, that the engine does what it says.

# since_start: milliseconds, in $answer
started() { began=${EPOCHREALTIME/[.,]/}; }
since_start() { answer=$(((${EPOCHREALTIME/[.,]/} - began) / 1000)); }

# at_most KIB_PER_S KEY: what KEY (sectors) has grown to since started
at_most() {
	local limit ms
	get_status
	since_start
	ms=$answer
	# The limit, a burst of 100 ms, and a last request.
	limit=$((2 * ($1 * (ms + 100) / 1000 + 1024)))
	is "sectors in $ms ms" "${status[$2]}" "<$((limit + 1))"
	# And not much less: slow guests get half.
	is "sectors in $ms ms" "${status[$2]}" ">$(($1 * ms / 1000))"
}

test_limit_of_base_reads_is_kept() {
	new_image --compact
	activate prefetch_max_read_kib_per_s=2048
	started
	message prefetch start
	pause 1
	at_most 2048 prefetched_sectors
	pause 1.5
	at_most 2048 prefetched_sectors
}

test_limit_of_image_writes_is_kept() {
	new_image --flat
	activate prefetch_max_write_kib_per_s=2048
	started
	message prefetch start
	pause 2
	at_most 2048 prefetch_stored_sectors
	expect_status prefetch_throttle limit
}

test_limit_is_changed_at_run_time() {
	new_image --flat
	activate prefetch_max_read_kib_per_s=64
	message prefetch start
	pause 0.5
	expect_status complete 0 prefetched_sectors "<2400"
	message prefetch_max_read_kib_per_s 1000000000
	message prefetch_throttle_ms 0
	eventually expect_status complete 1
	expect_status prefetched_sectors 32768
}

test_throttled_prefetch_reads_each_byte_once() {
	new_image --compact
	put_sim_below base
	activate prefetch_max_read_kib_per_s=4096
	io_since sim-base prefetch_with_manners
	is "sectors of the base" "${io[read_sectors]}" 32768
}

prefetch_with_manners() {
	message prefetch start
	eventually expect_status complete 1 prefetch complete
}

test_prefetch_completes_beside_a_busy_guest() {
	new_image --compact
	activate prefetch_progress_kib_per_s=4096
	write 0 1M A
	start guest repeat 400 1M
	message prefetch start
	eventually expect_status complete 1
	finish guest
	holds 0 1M A
	holds 1M 15M base
}

# What prefetch leaves in the disk's cache the guest's next flush would wait for.
test_prefetch_beside_flushes_leaves_nothing_in_the_cache() {
	new_image --flat
	with_cache
	activate prefetch_max_read_kib_per_s=4096 commit_interval_ms=3600000
	write 0 4K A
	flush
	message prefetch start
	io_since sim-image flush_for_a_second
	is "FUA writes of prefetch" "${io[fua]}" ">20"
	# A slow guest does not always flush ten times a second.
	is "writes through the cache" "${io[write]}" "<${io[fua]}"
	expect_status commits 1
	io_since sim-image pause 1
	# Those of a tenth of a second, at 64 a second.
	is "FUA writes without flushes" "${io[fua]}" "<10"
	is "writes through the cache" "${io[write]}" ">10"
	# Whoever wrote it, it is what the guest sees, and what is kept.
	message prefetch_max_read_kib_per_s 1000000000
	message prefetch_throttle_ms 0
	eventually expect_status complete 1
	power_cut
	activate
	holds 0 4K A
	holds 4K 16380K base
}

flush_for_a_second() {
	local i
	for ((i = 0; i < 100; i++)); do
		flush
		pause 0.01
	done
}

test_status_tells_rate_and_remaining_time() {
	new_image --compact
	put_sim_below base
	activate prefetch_max_read_kib_per_s=1024
	expect_status prefetch_bytes_per_s 0 prefetch_remaining_s unknown
	message prefetch start
	pause 2
	expect_status prefetch_bytes_per_s ">100000" prefetch_remaining_s ">4"
	message prefetch_max_read_kib_per_s 1000000000
	message prefetch_throttle_ms 0
	eventually expect_status complete 1
	expect_status prefetch_remaining_s 0
}
