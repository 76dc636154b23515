# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
setup_open 32M
fvd create "$image" --base "$base"
fvd open disk "$image"
dmsetup table disk >before
expect 1 fvd reload disk --set commit_interval_ms=0
says 'commit_interval_ms'
dmsetup table disk | cmp - before
is "$(fvd status --json disk | json suspended)" False
is "$(read_golden /dev/mapper/disk)" golden
