# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# The data device ends where the disk ends: one sector behind a page.
setup_open 16M
yes 'old content' | head -c 1049088 >data
loop data
data=$device
head -c 512K base >small
loop small
base=$device
fvd create "$image" --base "$base" --data "$data" --size 1049088 --force
fvd open disk "$image"
is "$(blockdev --getsize64 /dev/mapper/disk)" 1049088
read_all disk
cat /dev/mapper/disk >disk.copy
expect 0 fvd pivot --zero disk
dmsetup table disk | grep -q ' linear ' || fail "the table is not linear"
blockdev --flushbufs /dev/mapper/disk
cmp /dev/mapper/disk disk.copy
fvd close disk
