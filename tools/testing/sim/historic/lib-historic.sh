# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the demonstrations share. Each walks a power cut through every bio of
# an operation, on each device of a rail, with nothing kept that was not
# flushed: the kernel's own target must survive all, the undone one must not.
. "$(dirname "$0")/../lib.sh"

: "${SIM_HISTORIC:?the folder of the undone modules}"

# Two sim devices, m (metadata) and d (data), on a rail.
historic_rail() {
	sim_lower 4
	sim_table m create rail r cache 4194304
	sim_lower 8
	sim_table d create rail r cache 4194304
	m m cut_policy keep none
}

historic_unrail() {
	local index
	dmsetup remove --retry d && dmsetup remove --retry m || sim_fail "remove failed"
	for index in "${!sim_files[@]}"; do
		losetup -d "${sim_files[index]}"
	done
	rm -f "$sim_folder"/lower*
	sim_files=()
	sim_names=()
}

# Cut at the n-th write or flush of device $1, from now on.
historic_arm() {
	m "$1" fail_nth "$2" op=write+flush+discard+zeroes,cut
}

historic_power_on() {
	m m fail_nth 0
	m d fail_nth 0
	m m power_on
}

is_off() {
	dmsetup status m | grep -q ' sim off '
}

# walk ATTEMPT DEVICE: ATTEMPT n for n = 1, 2, ... until no cut happens. Sets
# $cuts, and $bad to the list of n whose outcome is wrong.
walk() {
	local attempt=$1 device=$2 n r
	for ((n = 1; n < 60; n++)); do
		"$attempt" "$device" "$n"
		r=$?
		[ $r -ne 2 ] || break
		cuts=$((cuts + 1))
		[ $r -eq 0 ] || bad+=" $device:$n"
	done
}

# demonstrate ATTEMPT TARGET UNDONE-TARGET
demonstrate() {
	local attempt=$1 control=$2 undone=$3
	insmod "$SIM_HISTORIC/undone-$undone.ko" || sim_fail "no undone-$undone.ko"
	target=$control cuts=0 bad=''
	walk "$attempt" m
	walk "$attempt" d
	[ "$cuts" -gt 3 ] || sim_fail "only $cuts cuts in $control"
	[ -z "$bad" ] || sim_fail "the kernel's $control is damaged by a cut at$bad"
	target=$undone cuts=0 bad=''
	walk "$attempt" m
	walk "$attempt" d
	[ -n "$bad" ] || sim_fail "none of $cuts cuts showed the bug of $undone"
	echo "$undone: of $cuts cuts, damage at$bad"
	rmmod "undone-$undone"
}
