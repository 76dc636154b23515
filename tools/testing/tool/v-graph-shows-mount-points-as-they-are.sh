# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
setup_open 32M
fvd create "$image" --base "$base"
fvd open disk "$image"
mkfs.ext4 -q -F /dev/mapper/disk
odd='mnt  a\b#'
mkdir "$odd" $'mnt\nb'
mount /dev/mapper/disk "$odd"
mount /dev/mapper/disk $'mnt\nb'
trap 'umount "$odd" $'\''mnt\nb'\''; cleanup' EXIT
expect 0 fvd graph disk
grep -qxF "mount $PWD/$odd" out || fail "not there: $(cat out)"
grep -qxF "mount $PWD/mnt\\012b" out || fail "not there: $(cat out)"
