# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# The last sector of the disk is written with zeros behind it, where only whole
# sectors of 4 KiB can be written: data, zeros, zeros over the base, and where the
# base ends within such a sector.
[ "$(id -u)" -eq 0 ] || skip "not root"
yes old | head -c 8M >target
loop=$(losetup --find --show --sector-size 4096 --direct-io=on target) ||
	loop=$(losetup --find --show --sector-size 4096 target) ||
	skip "no loop device with sectors of 4 KiB"
trap 'losetup -d "$loop"' EXIT

# shows FILE FVD-CONVERT-OPTION...: it is copied to the device, whatever was there.
shows() {
	local file=$1
	shift
	fvd convert --force --to raw "$@" "$loop" >out
	cmp -n "$(stat -c %s "$file")" "$loop" "$file" || fail "$*"
}

head -c 1050112 /dev/urandom >data
truncate -s 1050112 zeros
head -c 1536 data >small
head -c 512 data >tiny
for file in data zeros small tiny; do
	shows $file --from raw $file
done

head -c 1050112 data >base
fvd create image --base base --size 4195328 --compact >out
cp base disk
truncate -s 4195328 disk
shows disk --base base image

# The base's last chunk reads as zeros.
edit image 's/^table 0 page 0 fill ff/table 0 page 0 entries\n\tempty zero empty*1022/'
truncate -s 1048576 disk
truncate -s 4195328 disk
shows disk --base base image
truncate -s 1050112 disk
rm image
fvd create image --base base --compact >out
edit image 's/^table 0 page 0 fill ff/table 0 page 0 entries\n\tempty zero empty*1022/'
for to in flat compact; do
	yes old | head -c 8M | dd of="$loop" bs=1M iflag=fullblock conv=fsync status=none
	fvd convert --force --to $to --base base image "$loop" >out
	expect 0 fvd check "$loop"
	rm -f again
	fvd convert --to raw --base base "$loop" again >out
	cmp again disk || fail "to $to"
done
