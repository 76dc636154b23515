# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
setup_open 32M
fvd create "$image" --base "$base"
fvd open disk "$image"
fvd reload disk --no-copy-on-read --feature no_discard
dmsetup table disk >out
says ' no_copy_on_read' out
says 'no_discard' out
fvd reload disk --copy-on-read --no-feature no_discard
dmsetup table disk >out
! grep -q 'no_' out || fail "$(cat out)"
