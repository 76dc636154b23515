# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
fvd create image --size 4M
edit image '/^superblock 1/,/^checksum/s/generation 1/generation 2/
	/^superblock 1/,/^checksum/s/copy_on_read 1/copy_on_read 0/'
expect 4 fvd check --repair image
says 'differ' out
