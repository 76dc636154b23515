# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
setup_open 32M
modprobe dm-sim
dmsetup create slow --table "0 32768 sim $base 0 3 rules 1 op=read,sectors=2048+8,delay=300000"
trap 'cleanup; dmsetup remove slow' EXIT
fvd create "$image" --base /dev/mapper/slow
fvd open disk "$image"
fvd trace disk --seconds 3 --slowest 2 >out 2>err &
sleep 1
dd if=/dev/mapper/disk bs=4k skip=512 count=1 iflag=direct of=/dev/null status=none
dd if=/dev/mapper/disk bs=4k skip=256 count=1 iflag=direct of=/dev/null status=none
wait $! || fail "fvd trace failed: $(cat err)"
says '^[0-9.]* fvd_bio_mapped: .* op=read sector=2048 ' out
says '^[0-9.]* fvd_bio_complete: .* path=fetch ' out
says '^2 bios ended; the slowest:' out
# The slow one first, and that it was the base.
sed -n '/the slowest/,$p' out >slowest
sed -n 2p slowest >first
says ' [3-9][0-9][0-9]\.[0-9]* ms  read of 8 sectors at 2048, path fetch$' first
sed -n 3p slowest >second
says ' [3-9][0-9][0-9]\.[0-9]* ms  fetch$' second
[ -z "$(ls /sys/kernel/tracing/instances)" ] || fail "its instance is still there"
expect 5 fvd trace nowhere
expect 0 fvd trace disk --seconds 1 --quiet
is "$(cat out)" "0 bios ended; the slowest:"
