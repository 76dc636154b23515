# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
setup_open 32M
fvd create "$image" --base "$base"
truncate -s 17M image
losetup -c "$image"
expect 3 fvd open disk "$image"
says 'expected at least'
