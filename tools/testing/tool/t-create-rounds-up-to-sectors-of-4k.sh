# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# A disk on a device with sectors of 4 KiB has such ones, and whole ones only.
[ "$(id -u)" -eq 0 ] || skip "not root"
truncate -s 64M target
loop=$(losetup --find --show --sector-size 4096 target) ||
	skip "no loop device with sectors of 4 KiB"
trap 'losetup -d "$loop"' EXIT
make_base base 9443840

fvd create --base base "$loop" >out
says '9445376 bytes' out # the disk
says '9443840 bytes' out # the base
expect 1 fvd create --force --base base --size 9443840 "$loop"
says 'sectors of 4096 bytes, a disk of 9443840'
expect 1 fvd create --size 9443840 --data "$loop" image
says 'sectors of 4096 bytes, a disk of 9443840'
rm -f image
expect 1 fvd create --base "$loop" --size 100000256 image
says 'sectors of 4096 bytes, a disk of 100000256'
rm -f image
fvd create --base base image >out
says 'disk size: *9 MiB (9443840 bytes)' out
fvd convert --force --to compact --base base image "$loop" >out 2>err
says 'warning: has sectors of 4096 bytes, and no disk of 9443840'
