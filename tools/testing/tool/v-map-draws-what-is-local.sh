# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
setup_open 48M
modprobe dm-sim
dmsetup create slow --table "0 32768 sim $base 0"
trap 'dmsetup message slow 0 rule del all; dmsetup message slow 0 release all; wait; cleanup; dmsetup remove slow' EXIT
fvd create "$image" --base /dev/mapper/slow --size 24M --compact
fvd open --no-copy-on-read disk "$image"
drawn() {
	fvd map disk --cells 24 | tail -n 1
}

# Parts of 1 MiB: in the base until 16 MiB, zeros behind it.
expect 0 fvd map disk --cells 24
says '^24 MiB, a sign is 1 MiB: # local' out
is "$(drawn)" ................00000000
dd if=/dev/urandom of=/dev/mapper/disk bs=512K count=3 oflag=direct status=none
is "$(drawn)" '#+..............00000000'
blkdiscard --offset 4M --length 3M /dev/mapper/disk
is "$(drawn)" '#+..000.........00000000'
fvd message disk copy_on_read on
dmsetup message slow 0 rule add op=read,hold
dd if=/dev/mapper/disk bs=4k skip=2048 count=1 iflag=direct of=/dev/null status=none &
for ((i = 0; i < 100; i++)); do
	[[ $(drawn) = *'*'* ]] && break
	sleep 0.05
done
is "$(drawn)" '#+..000.*.......00000000'

expect 0 fvd map disk --cells 24 --format svg
is "$(grep -c '<rect' out)" 24
is "$(grep -c 'stroke="red"' out)" 1
python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' out
expect 0 fvd map disk --json
python3 - out <<-'END' || fail "wrong JSON: $(cat out)"
	import json, sys
	cells = json.load(open(sys.argv[1]))["cells"]
	assert len(cells) == 1024
	assert sum(cell["local_blocks"] for cell in cells) == 384
	assert sum(cell["base_blocks"] for cell in cells) == 4096 - 384 - 768
	assert sum(cell["zero_blocks"] for cell in cells) == 2048 + 768
	assert any(cell["in_flight"] for cell in cells)
END
expect 2 fvd map disk --cells 5000
expect 2 fvd map disk --format png
