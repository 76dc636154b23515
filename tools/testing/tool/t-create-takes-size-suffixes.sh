# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
for size in 8388608 8192K 8M 8192KiB 8MiB 8192k; do
	fvd create "image-$size" --size $size
	is "$(value virtual_size_bytes "image-$size")" 8388608
done
