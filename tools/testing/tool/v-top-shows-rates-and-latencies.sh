# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
setup_open 32M
fvd create "$image" --base "$base"
fvd open disk "$image"
fvd top --interval 2 --count 1 >out &
sleep 0.5
dd if=/dev/mapper/disk bs=1M count=4 iflag=direct of=/dev/null status=none
dd if=/dev/zero of=/dev/mapper/disk bs=1M seek=8 count=2 oflag=direct status=none
wait $!
says '^NAME .*READ .*HITS .*PREFETCH' out
says '^disk  *rw  *2048  *1024  *0.0  *37.5' out
says '^    fetch  *[1-9][0-9]* bios, half below [0-9]* us, 99 % below [0-9]* us' out
# First writes of whole blocks have no times unless somebody wants them.
echo 1 >/sys/kernel/debug/dm-fvd/watch
fvd top --interval 2 --count 1 >out &
sleep 0.5
dd if=/dev/zero of=/dev/mapper/disk bs=1M seek=12 count=2 oflag=direct status=none
wait $!
echo 0 >/sys/kernel/debug/dm-fvd/watch
says '^disk  *rw  *0  *1024 .*  *50.0' out
says '^    store ' out
fvd top disk --interval 2 --count 1 >out &
sleep 0.5
dd if=/dev/mapper/disk bs=1M count=4 iflag=direct of=/dev/null status=none
wait $!
says '^disk  *rw  *2048  *0 100.0 ' out
is "$(sed -n 's/^disk .* //p' out)" off
fvd prefetch --max-read 64K disk start
expect 0 fvd top disk --interval 1 --count 1
is "$(sed -n 's/^disk .* //p' out)" running
expect 5 fvd top nowhere
