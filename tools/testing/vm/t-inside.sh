# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# What can be seen of a disk at work: debugfs and tracepoints.

tracing=/sys/kernel/tracing

# in_debugfs FILE: of the disk, into $shown
in_debugfs() {
	local number
	number=$(stat -c %Hr:%Lr "$disk")
	shown=$(<"/sys/kernel/debug/dm-fvd/$number/$1") || fail "no debugfs file $1"
}

# shows FILE REGEX
shows() {
	in_debugfs "$1"
	[[ $shown =~ $2 ]] || fail "$1 has no \"$2\": $shown"
}

shows_not() {
	in_debugfs "$1"
	[[ ! $shown =~ $2 ]] || fail "$1 has \"$2\": $shown"
}

test_bios_under_way_are_shown_with_their_stage() { # I-WCH-1
	new_image --compact
	put_sim_below base
	activate
	tell sim-base rule add op=read,hold
	start reader holds 1M 4K base
	eventually shows bios $'\n''[0-9]+ read 2048 8 fetch [0-9]+ [0-9]+'
	start waiting holds 1M+8K 4K base
	eventually shows bios ' read 2064 8 waits_held '
	start writer write 2M+512 512 A
	eventually shows bios ' write 4097 1 fill '
	release_sim sim-base
	finish reader
	finish waiting
	finish writer
	shows_not bios ' (read|write) '
}

test_bios_at_the_image_and_at_the_base_are_shown() {
	new_image --flat
	put_sim_below base
	put_sim_below image
	activate no_copy_on_read
	tell sim-image rule add op=write,sectors=2048+32768,hold
	start writer write 4M 4K A
	eventually shows bios ' write 8192 8 store '
	tell sim-base rule add op=read,hold
	start reader holds 1M 4K base
	eventually shows bios ' read 2048 8 base '
	shows locks $'\n''1024 1024 write [1-9]'
	release_sim sim-base
	release_sim sim-image
	finish writer
	finish reader
	shows_not bios ' (read|write) '
}

test_write_that_the_image_holds_is_shown_once_if_watched_too() {
	new_image --flat
	put_sim_below image
	activate
	echo 1 >/sys/kernel/debug/dm-fvd/watch
	tell sim-image rule add op=write,sectors=2048+32768,hold
	start writer write 4M 4K A
	eventually shows bios ' write 8192 8 store '
	echo 0 >/sys/kernel/debug/dm-fvd/watch
	in_debugfs bios
	is "lines of the write" "$(grep -c ' write 8192 ' <<<"$shown")" 1
	release_sim sim-image
	finish writer
}

test_flush_that_waits_for_the_journal_is_shown() {
	new_image --flat
	put_sim_below image
	activate commit_interval_ms=600000
	write 1M 4K A
	tell sim-image rule add op=fua+flush,hold
	start flusher flush
	eventually shows bios ' flush 0 0 waits_commit '
	shows journal 'commit running'
	shows journal 'running_waiters 1'
	release_sim sim-image
	finish flusher
	shows journal 'commit idle'
	shows journal 'used 1'
}

test_held_ranges_are_shown_with_who_waits() { # I-LCK-2
	local reader waiting
	new_image --compact
	put_sim_below base
	activate fetch_window_bytes=65536
	tell sim-base rule add op=read,hold
	start reader holds 1M 4K base
	eventually shows bios ' fetch '
	start waiting write 1M+8K 4K A
	eventually shows bios ' waits_held '
	in_debugfs bios
	reader=$(sed -n 's/ read .*//p' <<<"$shown")
	waiting=$(sed -n 's/ write .*//p' <<<"$shown")
	shows locks $'\n'"256 271 fetch $reader $waiting"
	release_sim sim-base
	finish reader
	finish waiting
	shows_not locks ' fetch '
}

test_dirty_pages_and_journal_are_shown() { # I-IMG-3
	new_image --compact
	activate commit_interval_ms=600000
	shows_not pages 'bitmap'
	write 1M 4K A
	shows pages 'bitmap 0 0'
	shows pages 'table 0 0'
	shows journal 'dirty_pages 2'
	shows journal 'pending_bytes [1-9]'
	message checkpoint
	shows_not pages 'bitmap'
	shows journal 'pending_bytes 0'
}

test_latencies_are_counted_by_path() { # I-WCH-2
	new_image --flat
	activate
	holds 1M 4K base
	write 2M 4K A
	write 3M+512 512 A
	flush
	shows latency $'\n''fetch [0-9]+ 1'
	shows latency $'\n''fill [0-9]+ 1'
	shows latency $'\n''commit [0-9]+ 1'
	# What goes to the image at once is counted if somebody asks for it.
	holds 2M 4K A
	shows_not latency 'image'
	shows_not latency 'store'
	echo 1 >/sys/kernel/debug/dm-fvd/watch
	holds 2M 4K A
	write 4M 4K A
	echo 0 >/sys/kernel/debug/dm-fvd/watch
	holds 2M 4K A
	write 5M 4K A
	shows latency $'\n''image [0-9]+ 1'
	shows latency $'\n''store [0-9]+ 1'
}

test_complete_flat_image_is_watched_when_asked() {
	local path count sum=0
	new_image --flat
	activate
	write 0 "$size" A
	activate_again
	echo 1 >/sys/kernel/debug/dm-fvd/watch
	holds 2M 4K A
	write 1M 4K B fua
	flush
	echo 0 >/sys/kernel/debug/dm-fvd/watch
	in_debugfs latency
	while read -r path _ count; do
		[ "$path" != image ] || sum=$((sum + count))
	done <<<"$shown"
	is "bios in place" "$sum" ">2"
	shows_not bios ' (read|write|flush) '
	holds 1M 4K B
}

test_debugfs_follows_the_device() {
	local number
	new_image --flat
	activate
	in_debugfs bios
	number=$(stat -c %Hr:%Lr "$disk")
	reload no_copy_on_read
	in_debugfs bios
	close_disk
	[ ! -e "/sys/kernel/debug/dm-fvd/$number" ] || fail "the folder is still there"
}

# trace VERB...: what the tracepoints said meanwhile, in $traced
trace() {
	echo >$tracing/trace
	echo 1 >$tracing/events/fvd/enable
	"$@"
	echo 0 >$tracing/events/fvd/enable
	traced=$(sed -n 's/^.* \(fvd_[a-z_]*: \)device=[0-9:]* /\1/p' $tracing/trace)
}

# traces REGEX...: in this order
traces() {
	local rest=$traced regex
	for regex; do
		[[ $rest =~ $regex ]] || fail "no \"$regex\" in \"$rest\" of: $traced"
		rest=${rest#*"${BASH_REMATCH[0]}"}
	done
}

test_tracepoints_tell_the_life_of_a_read() {
	new_image --compact
	activate fetch_window_bytes=4096
	trace holds 1M 4K base
	traces 'fvd_bio_mapped: number=1 op=read sector=2048 sectors=8 fua=0' \
		'fvd_fetch: number=1 sector=2048 sectors=8 step=begun' \
		'fvd_bio_stage: number=1 stage=fetch' \
		'fvd_fetch: number=1 sector=2048 sectors=8 step=read' \
		'fvd_bio_complete: number=1 sector=2048 sectors=8 path=fetch waited=0 error=0 latency_ns=[1-9]'
	eventually expect_status stored_sectors 8
	trace holds 1M 4K base
	traces 'fvd_bio_mapped: number=2 ' 'stage=image' 'path=image waited=0 error=0'
}

test_tracepoints_tell_the_life_of_a_write() {
	new_image --flat
	activate
	trace write 1M+512 512 A fua
	traces 'fvd_bio_mapped: .* op=write sector=2049 sectors=1 fua=1' 'stage=fill' \
		'stage=store' 'stage=waits_commit' \
		'fvd_commit_begin: sequence=1 block=0 blocks=1' 'fvd_commit_end: error=0' \
		'fvd_bio_complete: .* path=commit waited=0 error=0'
}

test_tracepoints_tell_why_a_bio_failed() {
	new_image --flat
	put_sim_below base
	activate
	tell sim-base rule add op=read,error=medium
	trace fails ENODATA read 1M 4K
	traces 'step=read_failed' 'stage=base' 'path=fetch waited=0 error=-61'
}

test_tracepoints_tell_checkpoint_and_recovery() {
	with_cache
	new_image --flat
	activate
	write 1M 4K A
	flush
	power_cut keep all
	trace activate
	traces 'fvd_recovery: blocks=1 tail_block=0 tail_sequence=1' \
		'fvd_checkpoint_begin: kind=activate dirty_pages=1 journal_used=' \
		'fvd_checkpoint_end: error=0'
	trace close_disk
	traces 'fvd_checkpoint_begin: kind=clean' 'fvd_checkpoint_end: error=0'
}

test_tracepoint_tells_that_the_image_became_read_only() {
	put_sim_below image
	new_image --flat
	activate
	write 1M 4K A
	tell sim-image rule add op=fua+flush,error
	trace fails EIO flush
	traces 'fvd_mode: mode=ro error=-5'
}

test_tracepoints_tell_what_prefetch_does() {
	new_image --flat
	activate prefetch_throttle_ms=0
	trace prefetch_all
	traces 'fvd_prefetch: state=delayed wait=none' 'fvd_prefetch: state=running wait=none' \
		'fvd_fetch: number=0 sector=0 sectors=[0-9]+ step=begun' 'step=read' 'step=stored' \
		'fvd_prefetch: state=complete wait=none'
}

prefetch_all() {
	message prefetch start
	eventually expect_status prefetch complete
}

test_map_of_a_silly_number_of_cells_is_refused() {
	new_image --flat
	activate
	message_refused 'map takes 1 to 4096 cells, found "0"' map 0
	message_refused 'map takes 1 to 4096 cells, found "4097"' map 4097
	message_refused 'map takes 1 to 4096 cells, found "x"' map x
}
