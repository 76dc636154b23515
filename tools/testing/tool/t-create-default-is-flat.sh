# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# Image and base are enough: flat, of the base's size, copy-on-read on.
make_base base 16M
fvd create image --base base
is "$(value layout image)" flat
is "$(value virtual_size_bytes image)" 16777216
is "$(value base_size_bytes image)" 16777216
is "$(value copy_on_read image)" True
is "$(value base image)" "$PWD/base"
is "$(value clean image)" True
is "$(value complete image)" False
is "$(stat -c %s image)" $(((2 + 16) << 20))
expect 0 fvd check image
