# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Nothing is left behind.

test_module_is_busy_with_a_disk_and_unloads_without() {
	new_image --compact
	activate
	! rmmod dm_fvd 2>/dev/null || fail "unloaded with a disk open"
	write 1M 4K A
	close_disk
	rmmod dm_fvd || fail "rmmod"
	modprobe dm-fvd || fail "modprobe"
	activate
	holds 1M 4K A
}

test_many_lives_leak_nothing() {
	local i before
	leak_round
	begin_leak_scan
	slab_bytes
	before=$answer
	for ((i = 0; i < 25; i++)); do
		leak_round
	done
	end_leak_scan
	slab_bytes
	# 2 MiB is what other parts of the kernel may take meanwhile; a leak of
	# all that a disk takes would be twice that.
	[ "$((answer - before))" -lt 2048 ] ||
		fail "memory of the kernel grew by $((answer - before)) KiB"
	modprobe -r dm-fvd || fail "a reference to the module is left"
	modprobe dm-fvd
}

# A life with all that allocates, and one that is refused.
leak_round() {
	new_image --compact
	activate
	write 1M+1s 1s A
	holds 2M 4K base
	discard 4M 1M
	flush
	close_disk
	do_ask flip "$image" 100
	do_ask flip "$image" 64K+100
	refused ""
}

# Large memory is known by who asked for it, to the byte.
test_closed_disk_leaves_no_vmalloc_memory() {
	new_image --compact
	activate
	write 1M+1s 1s A
	vmalloc_areas
	[ "$answer" -gt 3 ] || fail "found $answer areas of an active disk"
	close_disk
	vmalloc_areas
	is "areas that are left" "$answer" 0
}

# Modules' own code and data were asked for by the loader.
vmalloc_areas() {
	answer=$(grep -c ' fvd_.*\[dm_fvd\]\| [a-z_]*+.*\[dm_fvd\]' /proc/vmallocinfo)
}

test_writes_of_parts_leak_no_pages() {
	fill_all_blocks 0 # filler behind each write
	close_disk
	fill_all_blocks 127 # in front of each
}

# fill_all_blocks SECTOR: 15 MiB of filler, one write after the other.
fill_all_blocks() {
	local i before
	new_image --flat --block-size 64K
	activate no_copy_on_read
	write 0 4K A
	free_kib
	before=$answer
	for ((i = 1; i < 250; i++)); do
		write $((i * 64))K+$1s 1s A
	done
	free_kib
	[ "$((before - answer))" -lt 7000 ] ||
		fail "memory shrank by $((before - answer)) KiB"
}

# Free, or to be had for the asking.
free_kib() {
	local key value rest
	answer=0
	while read -r key value rest; do
		case $key in
		MemFree: | Buffers: | Cached: | Slab:) answer=$((answer + value)) ;;
		esac
	done </proc/meminfo
}

slab_bytes() {
	local key value rest
	answer=0
	while read -r key value rest; do
		case $key in
		SUnreclaim: | VmallocUsed: | Percpu:) answer=$((answer + value)) ;;
		esac
	done </proc/meminfo
}

begin_leak_scan() {
	[ -e /sys/kernel/debug/kmemleak ] || return 0
	echo clear 2>/dev/null >/sys/kernel/debug/kmemleak || return 0
}

end_leak_scan() {
	local found
	[ -e /sys/kernel/debug/kmemleak ] || return 0
	echo scan 2>/dev/null >/sys/kernel/debug/kmemleak || return 0
	pause 1
	echo scan 2>/dev/null >/sys/kernel/debug/kmemleak || return 0
	found=$(grep -A 12 "fvd" /sys/kernel/debug/kmemleak 2>/dev/null)
	[ -z "$found" ] || fail "kmemleak: $found"
}

test_activation_under_memory_failures_is_clean() {
	local n
	[ -d /sys/kernel/debug/failslab ] || skip "no fault injection in this kernel"
	new_image --compact
	table_line
	cd /sys/kernel/debug/failslab || fail "no failslab"
	echo N >ignore-gfp-wait
	echo 100 >probability
	echo -1 >"times"
	echo 0 >verbose
	echo Y >task-filter
	# The n-th allocation of dmsetup's table load fails.
	for ((n = 1; n <= 60; n += 3)); do
		if fail_nth_of $n dmsetup create disk --table "$table" 2>/dev/null; then
			made+=(disk)
			holds 1M 4K base
			close_disk
		elif [ -e /dev/mapper/disk ]; then
			dmsetup remove disk
		fi
	done
	echo 0 >probability
	is_clean yes
	activate
	write 1M 4K A
	holds 1M 4K A
}

# fail_nth_of N COMMAND...: see fault-injection.rst, /proc/self/fail-nth
fail_nth_of() (
	echo "$1" >/proc/self/fail-nth || exit 0
	shift
	exec "$@"
)

# second_image DEVICE: a small one, beside that of the disk
second_image() {
	"$fvd" create --force --size 4M --journal-size 64K --compact "$1" >/dev/null ||
		fail "fvd create"
}

# opens_in_background DEVICE: in $opener
opens_in_background() {
	dmsetup create second --table "0 8192 fvd $1 - -" &
	opener=$!
	pause 0.5
	kill -0 "$opener" || fail "what should wait has ended"
}

# ended PROCESS: a child, which is not waited for
ended() {
	local state
	read -r _ _ state _ <"/proc/$1/stat" || return 0
	[ "$state" = Z ]
}

second_is_open() {
	wait "$opener" || fail "the second disk is not open"
	made+=(second)
	on /dev/mapper/second holds 0 4M zero
}

test_image_that_can_not_be_read_holds_up_no_other_disk() {
	local resumer
	new_image --compact
	activate
	second_image "$spare"
	sim sim-spare "$spare"
	tell sim-spare rule add op=read,hold
	opens_in_background /dev/mapper/sim-spare
	do_ask dm suspend disk
	dmsetup resume disk &
	resumer=$!
	eventually ended "$resumer"
	holds 1M 4K base
	release_sim sim-spare
	second_is_open
}

test_image_that_is_being_read_is_not_opened_twice() { # I-REG-1
	new_image --compact
	second_image "$spare"
	sim sim-spare "$spare"
	tell sim-spare rule add op=read,hold
	opens_in_background /dev/mapper/sim-spare
	table_refused "the image is being opened by another table" \
		"0 8192 fvd /dev/mapper/sim-spare - -"
	release_sim sim-spare
	second_is_open
}

test_disk_below_an_image_that_is_being_read_is_resumed() {
	local resumer
	base=
	new_image --compact
	activate
	slice inner /dev/mapper/disk 0 16384
	second_image /dev/mapper/inner
	do_ask dm suspend disk
	opens_in_background /dev/mapper/inner
	dmsetup resume disk &
	resumer=$!
	eventually ended "$resumer"
	second_is_open
}
