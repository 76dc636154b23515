# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
fvd create image --size 8M
is "$(value virtual_size_bytes image)" 8388608
is "$(value base_size_bytes image)" 0
is "$(value complete image)" False
