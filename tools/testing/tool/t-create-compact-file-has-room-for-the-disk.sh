# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
make_base base 16M
fvd create image --base base --compact --size 20M
is "$(value capacity_chunks image)" 20
is "$(value virtual_size_bytes image)" 20971520
