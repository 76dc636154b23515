# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# Where the whole disk does not fit, space is allocated by chunks.
make_base base 64M
truncate -s 24M image
fvd create image --base base
is "$(value layout image)" compact
is "$(value virtual_size_bytes image)" 67108864
is "$(value capacity_chunks image)" 22
is "$(value image_size_bytes image)" 25165824
expect 0 fvd check image
