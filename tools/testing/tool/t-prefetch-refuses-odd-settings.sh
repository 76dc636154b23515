# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# Refused before any device is asked.
expect 2 fvd prefetch disk
says 'nothing to do'
expect 2 fvd prefetch disk faster
says 'none of start'
expect 2 fvd prefetch disk --max-read 1K
says 'prefetch_max_read_kib_per_s must be a number from 64 to 1000000000, found "1"'
# Not to be taken for 0, which means no limit.
for size in 1 500 1023; do
	expect 2 fvd prefetch disk --max-read $size
	says 'prefetch_max_read_kib_per_s must be .* found "1"'
	expect 2 fvd prefetch disk --max-write $size
	says 'prefetch_max_write_kib_per_s must be .* found "1"'
done
expect 2 fvd prefetch disk --progress 0
says 'from 16 to'
expect 2 fvd prefetch disk --max-write=99999T
expect 2 fvd prefetch disk --set prefetch_start_delay_s=999999999999
says 'from -1 to 604800'
expect 2 fvd prefetch disk --set nonsense=1
says 'unknown setting'
expect 2 fvd prefetch disk --set prefetch_slots
says 'KEY=VALUE'
