# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
make_dirty image
edit image 's/sequence 2 crc auto/sequence 2 crc 0x12345678/'
expect 2 fvd check --json image
is "$(json journal_blocks <out)" 1
is "$(value image_blocks image)" 4
