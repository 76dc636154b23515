# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# A loop device is held exclusively, as by a mount: what its user changes would
# be read half old, half new. Another file is none of its business.
[ "$(id -u)" -eq 0 ] || skip "not root"
make_dirty image
cp image other
loop=$(losetup --find --show image) || skip "no loop device"
trap 'losetup -d "$loop"' EXIT
python3 - "$loop" >held <<-'END' &
	import os, sys, time
	os.open(sys.argv[1], os.O_RDWR | os.O_EXCL)
	print('held', flush=True)
	time.sleep(300)
END
holder=$!
until [ -s held ]; do
	kill -0 $holder || fail "the loop device can not be held"
	sleep 0.1
done

expect 8 fvd check "$loop"
expect 8 fvd check image
says "in use by $loop"
expect 4 fvd convert --base base image new
says "in use by $loop"
[ ! -e new ] || fail "a file was left"
expect 2 fvd check other
expect 0 fvd info image

kill $holder
wait $holder || :
expect 2 fvd check image
