# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
make_dirty image
edit image 's/journal_tail_block 0/journal_tail_block 255/
	s/^journal block 1 /journal block 0 /
	s/^journal block 0 epoch 9 sequence 1 /journal block 255 epoch 9 sequence 1 /'
expect 2 fvd check --json image
is "$(json journal_blocks <out)" 2
