# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
for offset in 0 65536; do
	rm -f image
	fvd create image --size 4M
	flip image $((offset + 3000))
	expect 4 fvd check image
	says 'superblock copy' out
	says 'repairable' out
	expect 1 fvd check --repair image
	expect 0 fvd check image
done
