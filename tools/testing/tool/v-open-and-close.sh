# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# The disk of an image shows the base; after close it is clean.
setup_open 32M
fvd create "$image" --base "$base"
is "$(fvd open disk "$image")" /dev/mapper/disk
is "$(blockdev --getsize64 /dev/mapper/disk)" 16777216
is "$(read_golden /dev/mapper/disk)" golden
expect 0 fvd status disk
says 'mode:  *rw' out
fvd close disk
[ ! -e /dev/mapper/disk ] || fail "the node is still there"
expect 0 fvd check "$image"
