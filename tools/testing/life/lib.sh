# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154 # variables for and from others
# What the lives of users share. Each script is one user's, in a guest, as root:
# it does what that user does, and checks in between what he relies on. A command
# that fails outside of a check ends the life, which counts as a failure.
#
# $work is a fresh folder, and the working directory; all there is in memory.
set -Eeuo pipefail
PATH=$top/build/tools:$PATH
work=$(mktemp -d)
cd "$work"
passed=0 failed=0
disks=() # loop devices, for put_away
trap 'echo "not ok: line $LINENO: status $?: $BASH_COMMAND"' ERR
trap end_of_life EXIT

# check TEXT COMMAND...: what the user relies on
check() {
	local text=$1
	shift
	if "$@" >"$work/said" 2>&1; then
		passed=$((passed + 1))
		echo "ok $text"
	else
		failed=$((failed + 1))
		echo "not ok $text: $*"
		sed 's/^/# /' "$work/said"
	fi
}

# refuses TEXT PATTERN COMMAND...: COMMAND must fail, and say why
refuses() {
	check "$1" refused_with "${@:2}"
}

refused_with() {
	local pattern=$1
	shift
	if "$@" >said.refused 2>&1; then
		echo "it was done"
		return 1
	fi
	cat said.refused
	grep -q -e "$pattern" said.refused
}

# is FOUND EXPECTED
is() {
	echo "found \"$1\", expected \"$2\""
	[ "$1" = "$2" ]
}

# at_most FOUND LIMIT
at_most() {
	echo "found $1, expected at most $2"
	[ "$1" -le "$2" ]
}

# more FOUND THAN
more() {
	echo "found $1, expected more than $2"
	[ "$1" -gt "$2" ]
}

# status NAME KEY: of "fvd status"; what the target tells is values.KEY
status() {
	fvd status --json "$1" | jq -er ".$2"
}

# image IMAGE KEY: of "fvd info"
image() {
	fvd info --json "$1" | jq -er ".$2"
}

# put FILE SIZE: a loop device in $device, as a disk that somebody bought
put() {
	truncate -s "$2" "$1"
	device=$(losetup --find --show "$1")
	disks+=("$device")
}

put_away() {
	for device in "${disks[@]}"; do
		losetup -d "$device"
	done
	disks=()
}

# within SECONDS COMMAND...: it succeeds, sooner or later
within() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.2
	done
}

end_of_life() {
	local status=$?
	trap - EXIT ERR
	[ $status = 0 ] || failed=$((failed + 1))
	echo "$passed passed, $failed failed"
	[ $failed = 0 ] || exit 1
}

modprobe loop 2>/dev/null || : # built in under uml
modprobe dm-fvd
