# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
setup_open 32M
fvd create "$image" --base "$base"
fvd open disk "$image"
# 64 KiB/s: far from done when it is paused.
fvd prefetch --max-read 64K disk start
fvd prefetch disk pause
fvd status disk >out
says 'prefetch: *paused' out
dmsetup table disk >out
says 'prefetch_max_read_kib_per_s 64 ' out
fvd prefetch --max-read 0 disk resume
timeout 60 "$FVD" status --watch=1 disk >out
says '100.0 %' out
fvd status disk >out
says 'complete: *1' out
expect 1 fvd prefetch disk pause
fvd close disk
