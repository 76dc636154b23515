# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
setup_open 32M
fvd create "$image" --base "$base"
fvd open disk "$image" --no-copy-on-read --feature no_discard \
	--set commit_interval_ms=77 --set fetch_window_bytes=8192
dmsetup table disk >out
says 'no_copy_on_read' out
says 'no_discard' out
says 'commit_interval_ms 77' out
says 'fetch_window_bytes 8192' out
fvd close disk
expect 1 fvd open disk "$image" --set fetch_window_bytes=5000
says 'fetch_window_bytes must be a power of two'
expect 1 fvd open disk "$image" --feature nonsense
says 'nonsense'
