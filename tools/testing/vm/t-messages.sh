# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Messages.

test_settings_are_changed_by_messages() {
	new_image --compact
	activate
	message fetch_window_bytes 4096
	message copy_on_read_limit_bytes 0
	message commit_interval_ms 123
	message low_space_chunks 4294967295
	message copy_on_read off
	do_ask dm table disk
	[[ $answer = *"no_copy_on_read "[0-9]*" fetch_window_bytes 4096 copy_on_read_limit_bytes 0 \
commit_interval_ms 123 low_space_chunks 4294967295"* ]] || fail "table is: $answer"
	message COPY_ON_READ ON
	expect_status copy_on_read on
}

test_bad_messages_are_refused() {
	local before
	new_image --compact
	activate
	do_ask dm table disk
	before=$answer
	message_refused 'unknown message "sing"' sing
	message_refused 'unknown setting "colour"' colour 5
	message_refused 'one or two words, found 3' copy_on_read on off
	message_refused 'must be on or off, found "maybe"' copy_on_read maybe
	message_refused 'commit_interval_ms must be a number from 1 to' commit_interval_ms 0
	message_refused 'commit_interval_ms must be a number from 1 to' commit_interval_ms x
	message_refused 'a power of two from 4096 to' fetch_window_bytes 5000
	message_refused 'unknown message "commit_interval_ms"' commit_interval_ms
	do_ask dm table disk
	[ "$answer" = "$before" ] || fail "table became: $answer"
	write 1M 4K A
	holds 1M 4K A
}

test_commit_message_makes_writes_durable() {
	new_image --compact
	with_cache
	activate commit_interval_ms=3600000
	write 1M 4K A
	message commit
	expect_status commits 1
	power_cut
	activate
	holds 1M 4K A
}

# Device mapper lets a suspend wait for messages, but more may come before the image
# is left. A prefetch holds that up, then a checkpoint, and what is behind it is late.
test_messages_that_come_too_late_write_nothing() { # I-CKP-4
	local suspend checkpoint late=() word
	new_image --compact
	put_sim_below image
	put_sim_below base
	hydrate prefetch_slots=1 commit_interval_ms=3600000
	write 1M 4K A
	tell sim-base rule add op=read,hold
	message prefetch start
	eventually expect_status prefetches 1
	dmsetup suspend --nolockfs "${disk##*/}" &
	suspend=$!
	still_alive $suspend || fail "suspended during a prefetch"
	# The bitmap: no commit is under way, which the suspend would wait for.
	tell sim-image rule add op=write,sectors=256+16,hold
	dmsetup message "${disk##*/}" 0 checkpoint &
	checkpoint=$!
	still_alive $checkpoint || fail "nothing held the checkpoint"
	release_sim sim-base
	still_alive $suspend || fail "suspended during a checkpoint"
	for word in commit grow; do
		dmsetup message "${disk##*/}" 0 $word &
		late+=($!)
		still_alive $! || fail "$word did not wait"
	done
	release_sim sim-image
	wait $suspend || fail "dmsetup suspend"
	wait $checkpoint || fail "checkpoint"
	! wait "${late[0]}" || fail "committed while the disk was suspended"
	! wait "${late[1]}" || fail "grew while the disk was suspended"
	is_clean yes
}

test_commit_message_keeps_what_was_fetched() {
	new_image --compact
	with_cache
	activate commit_interval_ms=3600000
	holds 1M 64K base
	eventually expect_status local 16
	message commit
	power_cut
	activate
	expect_status local 16
}

test_messages_need_an_active_disk() {
	new_image --compact
	activate
	do_ask dm suspend disk
	message_refused "need an active device" commit
	do_ask dm resume disk
	message commit
}

test_messages_that_write_are_refused_when_read_only() {
	new_image --compact
	activate read_only
	writes_nothing_to "$image" read_only_messages
}

read_only_messages() {
	fails EROFS commit
	fails EROFS checkpoint
}

try_commit() { ask dm message disk commit; }
