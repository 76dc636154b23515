# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# Rounded up to sectors, with zeros; smaller than a page, too.
for size in 1 511 513 4095 4097 70001; do
	head -c $size /dev/urandom >disk
	fvd convert --from raw disk image >out
	fvd convert --to raw image again >out
	is "$(stat -c %s again)" $(((size + 511) / 512 * 512))
	cmp -n $size disk again
	fvd convert --from raw --to raw disk other >out
	cmp other again
	rm image again other
done
