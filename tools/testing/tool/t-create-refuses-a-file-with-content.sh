# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# Most formats have no signature that a library knows. A file has holes or zeros
# where nothing was written; a device may have anything there.
truncate -s 64M image
printf x | dd of=image bs=1 seek=40000000 conv=notrunc status=none
cp image before
refuses() {
	expect 4 "$@"
	says 'carries something unknown; --force overwrites it'
	cmp image before
}
refuses fvd create image --size 4M
refuses fvd create new --data image --size 4M
[ ! -e new ] || fail "a file was left"
truncate -s 4M raw
refuses fvd convert --from raw raw image
refuses fvd convert --from raw --to raw raw image
fvd create image --size 4M --force
dd if=/dev/zero of=zeros bs=1M count=16 status=none
fvd create zeros --size 4M
