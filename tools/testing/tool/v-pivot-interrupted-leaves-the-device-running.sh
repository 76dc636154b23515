# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# Ended while the device is suspended: it goes on as it was.
setup_open 48M
modprobe dm-sim
dmsetup create below --table "0 $(blockdev --getsz "$image") sim $image 0"
trap 'cleanup; dmsetup remove below' EXIT
yes 'old content' | head -c 40M | dd of=/dev/mapper/below bs=1M conv=notrunc status=none
fvd create /dev/mapper/below --force --base "$base" --size 24M
fvd open disk /dev/mapper/below
read_all disk
cat /dev/mapper/disk >disk.copy
offset=$(value data_offset_bytes /dev/mapper/below)
for signal in HUP INT QUIT TERM; do
	dmsetup message below 0 break "sectors=$(((offset + (16 << 20)) / 512))+16384"
	# Not in the background of the shell, which would have it ignore SIGINT.
	python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' "$FVD" pivot --zero disk 2>err &
	dmsetup message below 0 wait_break 10000
	is "$(dmsetup info -c --noheadings -o suspended disk)" Suspended
	kill -$signal $!
	sleep 0.2
	dmsetup message below 0 release all
	got=0
	wait $! || got=$?
	is "$(kill -l $((got - 128)))" $signal
	says 'interrupted'
	is "$(dmsetup info -c --noheadings -o suspended,tables_loaded disk)" Active:Live
	dmsetup table disk | grep -q ' fvd ' || fail "the table is another one"
	cmp /dev/mapper/disk disk.copy
done
expect 0 fvd pivot --zero disk
dmsetup table disk | grep -q ' linear ' || fail "the table is not linear"
cmp /dev/mapper/disk disk.copy
fvd close disk
