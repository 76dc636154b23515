# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
fvd create image --size 4M
edit image 's/state_flags 0x00000000/state_flags 0x00000002/'
expect 4 fvd check --repair image
says 'not finished' out
