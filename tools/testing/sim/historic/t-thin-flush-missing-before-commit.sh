#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# dm-thin before 694cfe7f31db: breaking a shared block loses flushed data,
# because the metadata were committed before the copy was flushed.
. "$(dirname "$0")/lib-historic.sh"

open_thin() {
	dmsetup create pool --table "0 16384 $target-pool /dev/mapper/m /dev/mapper/d 128 0" &&
		{ [ -z "${1:-}" ] || dmsetup message pool 0 create_thin 0; } &&
		dmsetup create thin --table "0 1024 $target /dev/mapper/pool 0"
}

close_thin() {
	dmsetup remove --retry thin && dmsetup remove --retry pool || sim_fail "remove failed"
}

attempt() {
	local device=$1 n=$2 status=0
	historic_rail
	open_thin new || sim_fail "no thin device"
	put /dev/mapper/thin 0 A
	flush /dev/mapper/thin
	dmsetup suspend thin && dmsetup message pool 0 "create_snap 1 0" &&
		dmsetup resume thin || sim_fail "no snapshot"
	flush /dev/mapper/thin
	historic_arm "$device" "$n"
	{ put /dev/mapper/thin 8 B && flush /dev/mapper/thin; } 2> /dev/null
	is_off || status=2
	dmsetup message m 0 power_cut keep none > /dev/null 2>&1
	close_thin 2> /dev/null
	historic_power_on
	if [ $status -eq 0 ]; then
		open_thin || sim_fail "the pool can not be opened after the cut"
		[ "$(get /dev/mapper/thin 0)" = A ] || status=1
		close_thin
	fi
	historic_unrail
	return $status
}

demonstrate attempt thin thin-flush
