# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# The reload does not wait for I/O that waits for the base which it takes away.
setup_open 32M
end() {
	fvd close disk
	dmsetup remove golden
	cleanup
}
trap end EXIT
size=$(blockdev --getsz "$base")
dmsetup create golden --table "0 $size linear $base 0"
fvd create "$image" --base "$base"
fvd open disk "$image" --base /dev/mapper/golden --set base_policy=queue
dmsetup load golden --table "0 $size error"
dmsetup resume golden
dd if=/dev/mapper/disk of=read bs=4096 skip=17 count=1 iflag=direct status=none &
reader=$!
for _ in {1..100}; do
	dmsetup status disk >out
	! grep -q 'base_waiting 1' out || break
	sleep 0.1
done
says 'base_waiting 1' out
timeout 30 "$FVD" reload disk --base "$base"
wait $reader
is "$(dd if=read bs=1 skip=368 count=6 status=none)" golden
