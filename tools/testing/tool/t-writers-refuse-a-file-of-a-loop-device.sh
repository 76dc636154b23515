# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# Whatever writes to an image in a file, and by whatever name: not behind the
# back of a loop device.
[ "$(id -u)" -eq 0 ] || skip "not root"
make_dirty image
fvd create other --base base
python3 "$HERE/profile.py" other p.prof 0+4096@120
ln image hard
ln -s image soft
cp image before
loop=$(losetup --find --show image) || skip "no loop device"
trap 'losetup -d "$loop"' EXIT

refuses() {
	expect "$@"
	says "in use by $loop"
	cmp image before || fail "was written to: $*"
}

for name in image hard soft; do
	refuses 8 fvd check --repair $name
	refuses 4 fvd create --force --size 1M $name
	refuses 4 fvd profile import p.prof $name
	refuses 4 fvd profile clear $name
	refuses 4 fvd convert --force --base base other $name
	refuses 4 fvd restore --force dirty.text $name
done
# To attach a file hinders no reader, as long as nobody uses the loop device.
expect 2 fvd check image
