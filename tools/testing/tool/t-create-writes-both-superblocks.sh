# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
fvd create image --size 4M
fvd dump image >text
is "$(grep -c 'generation 2$' text)" 1
is "$(grep -c 'generation 1$' text)" 1
is "$(value superblock_copy image)" 0
