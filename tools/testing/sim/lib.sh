# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the tests of dm-sim share; source it first. A test runs as root in a
# guest, says nothing when all is well, and ends with 0 or 1.
set -u

sim_disk_mib=16
sim_files=()
sim_names=()

sim_fail() {
	echo "$(basename "$0"): $*" >&2
	exit 1
}

sim_cleanup() {
	local status=$? name index
	for ((index = ${#sim_names[@]} - 1; index >= 0; index--)); do
		name=${sim_names[index]}
		[ -e "/dev/mapper/$name" ] || continue
		dmsetup remove --retry "$name" || status=1
	done
	for name in "${sim_files[@]}"; do
		losetup -d "$name" || status=1
	done
	rm -rf "$sim_folder"
	exit $status
}

# sim_lower: a new lower device; its path is in $sim_device.
sim_lower() {
	local file=$sim_folder/lower${#sim_files[@]}
	truncate -s "${1:-$sim_disk_mib}M" "$file"
	sim_device=$(losetup --find --show "$file") || sim_fail "losetup failed"
	sim_files+=("$sim_device")
}

# sim_create NAME [FEATURE...]: a sim device on a new lower device.
sim_create() {
	local name=$1
	shift
	sim_lower
	sim_table "$name" create "$@"
}

# sim_table NAME create|load [FEATURE...]: on $sim_device
sim_table() {
	local name=$1 verb=$2 sectors
	shift 2
	sectors=$(blockdev --getsz "$sim_device")
	dmsetup "$verb" "$name" --table "0 $sectors sim $sim_device 0${1:+ $# $*}" ||
		sim_fail "dmsetup $verb failed"
	[ "$verb" != create ] || sim_names+=("$name")
}

m() {
	local name=$1
	shift
	dmsetup message "$name" 0 "$@" || sim_fail "message failed: $*"
}

# sim_refused NAME WORD MESSAGE...: the message must fail and name WORD.
sim_refused() {
	local name=$1 word=$2
	shift 2
	if dmsetup message "$name" 0 "$@" 2> /dev/null; then
		sim_fail "not refused: $*"
	fi
	dmsetup message "$name" 0 error | grep -q -- "$word" ||
		sim_fail "refused for another reason: $*: $(dmsetup message "$name" 0 error)"
}

# put DEVICE BLOCK LETTER [BYTES]: 4 KiB of a letter in one write, no flush.
put() {
	head -c "${4:-4096}" /dev/zero | tr '\0' "$3" |
		dd of="$1" bs="${4:-4096}" seek=$(($2 * 4096)) count=1 \
			iflag=fullblock oflag=direct,seek_bytes conv=notrunc status=none
}

# get DEVICE BLOCK [BYTES]: 4 KiB with runs of equal bytes made one, "." for
# zero; so "A" is a block full of A, and "AB" one that is torn.
get() {
	dd if="$1" bs="${3:-4096}" skip=$(($2 * 4096)) count=1 \
		iflag=direct,skip_bytes status=none | tr '\0' . | tr -s 'A-Za-z.' &&
		echo
}

flush() {
	python3 -c 'import os, sys; os.fsync(os.open(sys.argv[1], os.O_RDWR))' "$1"
}

# expect WHAT FOUND EXPECTED
expect() {
	[ "$2" = "$3" ] || sim_fail "$1: found \"$2\", expected \"$3\""
}

# counter NAME WORD OFFSET: a number in the status, OFFSET words behind WORD.
counter() {
	dmsetup status "$1" | awk -v word="$2" -v offset="$3" '
		{ for (i = 4; i <= NF; i++) if ($i == word) { print $(i + offset); exit } }'
}

sim_folder=$(mktemp -d "${TMPDIR:-/tmp}/sim.XXXXXX")
trap sim_cleanup EXIT
modprobe -q loop || true # built into some kernels
modprobe dm-sim || sim_fail "no dm-sim module"

# wait_pending NAME COUNT: until so many bios are pending.
wait_pending() {
	local tries
	for ((tries = 0; tries < 500; tries++)); do
		[ "$(dmsetup message "$1" 0 list | wc -l)" -eq "$2" ] && return
		sleep 0.01
	done
	sim_fail "$2 bios should be pending: $(dmsetup message "$1" 0 list)"
}
