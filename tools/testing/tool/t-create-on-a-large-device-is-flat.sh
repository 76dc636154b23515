# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
make_base base 16M
truncate -s 100M image
fvd create image --base base
is "$(value layout image)" flat
is "$(value image_size_bytes image)" $(((2 + 16) << 20))
