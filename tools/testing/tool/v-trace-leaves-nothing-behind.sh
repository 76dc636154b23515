# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# Whatever ends it: nobody reads, a signal, a reader that is too slow.
gone() {
	[ -z "$(ls /sys/kernel/tracing/instances)" ] || fail "its instance is still there"
}

setup_open 32M
fvd create "$image" --base "$base"
fvd open disk "$image"
touch reading
while [ -e reading ]; do
	dd if=/dev/mapper/disk bs=4k count=1000 iflag=direct of=/dev/null status=none
done &
trap 'rm -f reading; wait; cleanup' EXIT
{
	got=0
	timeout 20 "$FVD" trace disk 2>err || got=$?
	echo $got >code
} | head -n 3 >out
is "$(cat code)" 141
is "$(wc -l <out)" 3
gone
for signal in HUP INT QUIT TERM; do
	# Not in the background of the shell, which would have it ignore SIGINT.
	expect 0 timeout --foreground -s $signal --preserve-status 1 "$FVD" trace disk
	says 'bios ended; the slowest:$' out
	gone
done
{
	start=$SECONDS
	timeout 20 "$FVD" trace disk --seconds 2
	echo $((SECONDS - start)) >took
} | python3 -c 'import os, time
while os.read(0, 1024): time.sleep(0.01 if os.path.exists("took") else 0.1)' >out
[ "$(cat took)" -lt 10 ] || fail "took $(cat took) s instead of 2"
gone
