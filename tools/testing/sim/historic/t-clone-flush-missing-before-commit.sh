#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# dm-clone before 8b3fd1f53af3: a region counts as cloned although its content
# was not flushed; after a cut it holds neither the source nor what was written.
. "$(dirname "$0")/lib-historic.sh"

open_clone() {
	dmsetup create clone --table \
		"0 1024 $target /dev/mapper/m /dev/mapper/d $source_device 8 1 no_hydration"
}

attempt() {
	local device=$1 n=$2 status=0
	historic_rail
	truncate -s 8M "$sim_folder/source"
	head -c 524288 /dev/zero | tr '\0' S | dd of="$sim_folder/source" conv=notrunc status=none
	source_device=$(losetup --find --show --read-only "$sim_folder/source")
	open_clone || sim_fail "no clone device"
	flush /dev/mapper/clone
	historic_arm "$device" "$n"
	{ put /dev/mapper/clone 3 B && flush /dev/mapper/clone; } 2> /dev/null
	is_off || status=2
	dmsetup message m 0 power_cut keep none > /dev/null 2>&1
	dmsetup remove --retry clone || sim_fail "remove failed"
	historic_power_on
	if [ $status -eq 0 ]; then
		open_clone || sim_fail "the clone can not be opened after the cut"
		[[ $(get /dev/mapper/clone 3) == [SB] ]] || status=1
		dmsetup remove --retry clone
	fi
	losetup -d "$source_device"
	historic_unrail
	return $status
}

demonstrate attempt clone clone-flush
