# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154 # variables for and from others
# What both lives of the demo's guest share. To be sourced, with $top set.
# The driver gives DEMO_OUT, DEMO_BOLD, DEMO_NBD_PORT and DEMO_BOOT_START.
set -euo pipefail
. "$top/tools/demo/lib.sh"
PATH=$top/build/tools:$PATH

# The host, as a guest of QEMU's user-mode network sees it.
server=10.0.2.2
base=/dev/nbd0
volume=/dev/vg/web1
name=web1
disk=/dev/mapper/$name
# The lists of what was synced survive the guest.
synced_files=$DEMO_OUT/synced-files
synced_records=$DEMO_OUT/synced-records

# booted TITLE: a step that began when the driver started this guest
booted() {
	step "$1"
	step_start=$DEMO_BOOT_START
	shell "uname -sr; grep -m 1 '^model name' /proc/cpuinfo"
}

attach_base() {
	run modprobe nbd
	run nbd-client -N golden "$server" "$DEMO_NBD_PORT" $base
}

# status_of NAME: a value of "fvd status"
status_of() {
	fvd status --json $name | jq -r ".values.$1"
}

# Bytes that the disk's users wrote, as the kernel counts them.
written_bytes() {
	awk '{ print $7 * 512 }' "/sys/class/block/$(basename "$(readlink -f $disk)")/stat"
}

# note_figures LIFE: before the disk is closed or lost
note_figures() {
	figure "$1_fetched_bytes" $(($(status_of fetched_sectors) * 512))
	figure "$1_stored_bytes" $(($(status_of stored_sectors) * 512))
	figure "$1_first_writes" "$(status_of first_writes)"
	figure "$1_written_bytes" "$(written_bytes)"
}

mount_disk() {
	run mount "$disk" /mnt
}

verify_packages() {
	[ -z "$(chroot /mnt dpkg --verify "$@" 2>&1 | tee /dev/stderr)" ]
}
