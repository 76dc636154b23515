# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
setup_open 32M
fvd create "$image" --base "$base"
edit "$image" 's/state_flags 0x00000000/state_flags 0x00000002/'
expect 3 fvd open disk "$image"
says 'not finished'
