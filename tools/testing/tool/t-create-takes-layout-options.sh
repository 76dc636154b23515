# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
fvd create image --size 64M --compact --block-size 8K --chunk-size 2M \
	--journal-size 256K --max-size 128M
is "$(value block_size_bytes image)" 8192
is "$(value chunk_size_bytes image)" 2097152
is "$(value journal_size_bytes image)" 262144
is "$(value max_virtual_size_bytes image)" 134217728
expect 0 fvd check image
