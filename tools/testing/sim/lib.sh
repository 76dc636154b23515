# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the tests of dm-sim share; source it first. A test runs as root in a
# guest, says nothing when all is well, and ends with 0 or 1.
#
# A process costs a UML guest tens of milliseconds, so few are started. Tests
# wait for events, never for a time in which something "should" have happened:
# a limit is only there to end a hang, and a loaded machine stays below it.
set -u

sim_disk_mib=16
sim_files=()
sim_names=()
sim_patience=100 # seconds until something counts as hung

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
# shellcheck disable=SC2120 # historic/ gives a size
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
	sectors=$(< "/sys/class/block/${sim_device##*/}/size")
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
	local block
	printf -v block '%*s' "${4:-4096}" ''
	dd of="$1" bs="${4:-4096}" seek=$(($2 * 4096)) count=1 iflag=fullblock \
		oflag=direct,seek_bytes conv=notrunc status=none \
		<<< "${block// /"$3"}"
}

# put_many DEVICE COUNT: writes to the first COUNT blocks, one after the other;
# prints 1 for each that succeeded and 0 for each that failed.
put_many() {
	python3 - "$@" <<'END'
import mmap, os, sys
fd = os.open(sys.argv[1], os.O_RDWR | os.O_DIRECT)
page = mmap.mmap(-1, 4096)
for block in range(int(sys.argv[2])):
    try:
        os.pwrite(fd, page, 4096 * block)
        print(end="1")
    except OSError:
        print(end="0")
END
}

# get DEVICE BLOCK [BYTES]: 4 KiB with runs of equal bytes made one, "." for
# zero; so "A" is a block full of A, and "AB" one that is torn.
get() {
	dd if="$1" bs="${3:-4096}" skip=$(($2 * 4096)) count=1 \
		iflag=direct,skip_bytes status=none | tr -s '\0A-Za-z' '.A-Za-z' &&
		echo
}

flush() {
	sync "$1"
}

# expect WHAT FOUND EXPECTED
expect() {
	[ "$2" = "$3" ] || sim_fail "$1: found \"$2\", expected \"$3\""
}

# counter NAME WORD OFFSET: a number in the status, OFFSET words behind WORD.
counter() {
	local words index
	read -ra words <<< "$(dmsetup status "$1")"
	for ((index = 3; index < ${#words[@]}; index++)); do
		[ "${words[index]}" = "$2" ] || continue
		echo "${words[index + $3]}"
		return
	done
}

sim_folder=$(mktemp -d "${TMPDIR:-/tmp}/sim.XXXXXX")
trap sim_cleanup EXIT
[ -e /sys/module/loop ] || modprobe loop || sim_fail "no loop devices"
[ -e /sys/module/dm_sim ] || modprobe dm-sim || sim_fail "no dm-sim module"

# wait_until COMMAND...: until it succeeds. Keeps the caller's $!, as all here.
wait_until() {
	local end=$((SECONDS + sim_patience))
	until "$@"; do
		[ $SECONDS -lt $end ] || sim_fail "waited in vain: $*: $(dmsetup status)"
		sleep 0.02
	done
}

sim_is_pending() {
	[ "$(counter "$1" pending 1)" -eq "$2" ]
}

# wait_pending NAME COUNT: until so many bios are pending.
wait_pending() {
	wait_until sim_is_pending "$1" "$2"
}

# in_time COMMAND...: it must not hang.
in_time() {
	timeout $sim_patience "$@"
}
