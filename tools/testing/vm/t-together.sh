# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Several who do not know of each other: device mapper lets messages in side by
# side, and beside a suspend. On one processor less of that is seen than on two.

# tell_from_two_sides WORD SECOND OTHER: two messages at once, often enough for the
# races that there were to show.
tell_from_two_sides() {
	local i rounds=10
	[ "$(nproc)" -eq 1 ] || rounds=60
	new_image --compact
	activate
	for ((i = 0; i < rounds; i++)); do
		dmsetup message "${disk##*/}" 0 "$1" "$2" &
		dmsetup message "${disk##*/}" 0 "$1" "$3" || fail "$1 $3 was refused"
		wait $! || fail "$1 $2 was refused"
	done
	message "$1" "$3"
}

test_prefetch_is_told_from_two_sides() { # I-OBS-1
	tell_from_two_sides prefetch start stop
}

test_profile_is_told_from_two_sides() { # I-OBS-1
	tell_from_two_sides profile record stop
}

# What any of them may say at any time.
messages=("prefetch start" "prefetch stop" "prefetch pause" "prefetch resume"
	"profile record" "profile stop" "profile save" "profile clear"
	commit checkpoint grow "copy_on_read off" "copy_on_read on" "base retry"
	"base errors" "base_policy queue" "base_policy fail" "map 4"
	"prefetch_slots 1" "prefetch_slots 4" "commit_interval_ms 1"
	"commit_interval_ms 1000" "copy_on_read_limit_bytes 0"
	"copy_on_read_limit_bytes 1048576")

# administrator SEED: 2000 messages; what makes no sense at the time is refused.
administrator() {
	local i
	RANDOM=$1
	for ((i = 0; i < 2000; i++)); do
		echo "$i dm message ${disk##*/} ${messages[RANDOM % ${#messages[@]}]}"
	done | "$here/block-io" >"$folder/administrator-$1"
}

# operator: suspends, loads the table anew and resumes, until all others are done.
operator() {
	until [ -e "$folder/done" ]; do
		pause 0.5 # most messages are refused while it is suspended
		dmsetup suspend "${disk##*/}"
		dmsetup load "${disk##*/}" --table "$table"
		dmsetup resume "${disk##*/}"
		dmsetup status "${disk##*/}" >/dev/null
	done
}

many_at_once() {
	local seed pids=() operator layout=$1 block=4096 base_size=9443840
	[ -x "$stress" ] || skip "make tools first"
	# The messages patch code all the time, and with two processors TCG of QEMU 7.2
	# may stop at a breakpoint that is not there any more ("Oops: int3"; others
	# have seen it at boot). UML patches nothing, and has KASAN and lockdep.
	! is_tcg || skip "code is patched too often for TCG"
	size=12M
	sectors=24576
	slice stress-base "$spare" 0 18445
	base=/dev/mapper/stress-base
	"$stress" --make-base --quiet "$base" || fail "no base content"
	new_image "--$layout"
	activate
	rm -f "$folder/done"
	for seed in "$stress_seed" $((stress_seed + 1)); do
		administrator "$seed" &
		pids+=($!)
	done
	operator &
	operator=$!
	stress_requests=1500 stress_pass
	wait "${pids[@]}"
	touch "$folder/done"
	wait "$operator"
	for seed in "$stress_seed" $((stress_seed + 1)); do
		grep -q " ok" "$folder/administrator-$seed" ||
			fail "none taken: $(sort "$folder/administrator-$seed" | cut -d" " -f2- | uniq -c | head)"
		! grep -q TIMEOUT "$folder/administrator-$seed" || fail "a message hung"
	done
	close_disk
	checks
	activate
	"$stress" --resume "$folder/state" --clean --verify-only --verify all --quiet \
		"$disk" || fail "after a clean close"
	expect_status mode rw
}

test_administrators_and_a_guest_at_once_compact() { many_at_once compact; }
test_administrators_and_a_guest_at_once_flat() { many_at_once flat; }
