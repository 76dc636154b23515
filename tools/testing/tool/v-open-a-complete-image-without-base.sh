# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
setup_open 32M
fvd create "$image" --base "$base"
dd if=base of="$image" bs=1M seek=2 conv=notrunc,fsync status=none
edit "$image" 's/base_img_fully_prefetched 0/base_img_fully_prefetched 1/
	/^checksum 0/i bitmap 0 page 0 ones\n\t0+4096'
fvd open disk "$image"
is "$(dmsetup deps -o devno disk | grep -o '^[0-9]*')" 1
is "$(read_golden /dev/mapper/disk)" golden
