# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# Also the one at the end of the device.
make_gpt image
fvd create image --size 4M --force
expect 0 fvd check image
! tail -c 512 image | grep -q "EFI PART" || fail "the backup is still there"
