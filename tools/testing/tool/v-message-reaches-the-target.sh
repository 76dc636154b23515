# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
setup_open 32M
fvd create "$image" --base "$base"
fvd open disk "$image"
fvd message disk copy_on_read off
dmsetup table disk >out
says 'no_copy_on_read' out
fvd message disk commit_interval_ms 55
fvd message disk commit
fvd message disk checkpoint
expect 1 fvd message disk nonsense
says 'nonsense'
