# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
make_base base 16M
make_base other 16M
printf x | dd of=other bs=1 seek=5 conv=notrunc status=none
make_base longer 17M
fvd create image --base base >/dev/null
fvd create other.image --base other >/dev/null
fvd create longer.image --base longer >/dev/null
FVD=$FVD "$HERE/profile.py" image file 0+4096@0
for refuses in other.image longer.image; do
	expect 4 fvd profile import file $refuses
	says 'another base'
	expect 3 fvd profile show $refuses
done
