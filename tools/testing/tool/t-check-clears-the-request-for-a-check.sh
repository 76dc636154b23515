# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
make_dirty image
edit image 's/state_flags 0x00000000/state_flags 0x00000001/'
expect 4 fvd check image
says 'asks for a check' out
is "$(value needs_check image)" True
expect 1 fvd check --repair image
expect 0 fvd check image
is "$(value needs_check image)" False
is "$(value image_blocks image)" 8
