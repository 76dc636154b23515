# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# Source, base and target are devices, and the target is full of something else:
# none of that is ever seen (bug B9 of the original).
modprobe dm-fvd
modprobe loop 2>/dev/null || :
trap cleanup EXIT
golden g03-base-compact
loop "$image"
image_device=$device
loop "$base"
base_device=$device
expect 0 fvd check "$image_device"
is "$(value format_version "$image_device")" 1
tr '\0' 'x' </dev/zero | head -c 16M >target
loop target
target=$device
for to in flat compact raw; do
	fvd convert --to $to --force --base "$base_device" "$image_device" "$target" >out
	if [ $to = raw ]; then
		cmp -n 8388608 "$target" "$expected"
		continue
	fi
	expect 0 fvd check "$target"
	fvd open disk "$target" --base "$base_device"
	cmp /dev/mapper/disk "$expected" || fail $to
	fvd close disk
done
# What is open is not converted, and nothing is converted to it.
fvd convert --force --base "$base_device" "$image_device" "$target" >out
fvd open disk "$target" --base "$base_device"
expect 4 fvd convert --to raw --base "$base_device" "$target" other
says 'is in use'
expect 4 fvd convert --force --base "$base_device" "$image_device" "$target"
says 'is in use'
fvd close disk
# Holes of the base that were left out are a matter of trust on a device.
python3 "$HERE/make-v1.py" 3 v1 chunk=0 holes=1 virtual=1024000 base=900096 data=0 \
	prefetched=0 killed=0 block=4096 >out
fvd convert --to raw --base v1.base.raw v1.fvd raw >out 2>err
[ ! -s err ] || fail "$(cat err)"
cmp raw v1.expected.raw
loop v1.fvd
fvd convert --to raw --base v1.base.raw "$device" again >out 2>err
says 'warning: holes of the base were left out'
cmp again v1.expected.raw
