# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
[ "$(id -u)" -eq 0 ] || skip "not root"
truncate -s 16M image
loop=$(losetup --find --show image) || skip "no loop device"
expect 4 fvd create image --size 4M
losetup -d "$loop"
says 'in use'
