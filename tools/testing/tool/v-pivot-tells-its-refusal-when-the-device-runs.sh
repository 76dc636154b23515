# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# What it says while the device is suspended must not stop it: nobody reads, or
# it goes to a file on that very disk.
setup_open 48M
fvd create "$image" --base "$base" --size 24M
fvd open disk "$image"
read_all disk
mkfifo pipe
exec 8<>pipe 9>pipe 8<&-
got=0
fvd pivot disk 2>&9 || got=$?
exec 9<&-
is "$got" 141
is "$(dmsetup info -c --noheadings -o suspended,tables_loaded disk)" Active:Live
dmsetup table disk | grep -q ' fvd ' || fail "the table is another one"
mkfs.ext4 -q /dev/mapper/disk 8M
mkdir mnt
mount /dev/mapper/disk mnt
trap 'umount mnt; cleanup' EXIT
got=0
timeout 20 "$FVD" pivot disk 2>mnt/err || got=$?
is "$got" 4
says 'would show what the device held before' mnt/err
is "$(dmsetup info -c --noheadings -o suspended,tables_loaded disk)" Active:Live
