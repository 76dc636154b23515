# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
setup_open 32M
truncate -s 32M second
loop second
second=$device
fvd create "$image" --base "$base"
fvd create "$second" --base "$base"
fvd open disk "$image"
fvd profile record disk
for mb in 9 3 12; do
	dd if=/dev/mapper/disk of=/dev/null bs=64k count=1 skip=$((mb * 16)) \
		iflag=direct status=none
done
fvd profile record --off disk
dd if=/dev/mapper/disk of=/dev/null bs=64k count=1 iflag=direct status=none
fvd profile save disk
fvd profile show --json disk >out
python3 - out <<'PYTHON'
import json, sys
entries = json.load(open(sys.argv[1]))["entries"]
assert [e["offset_bytes"] >> 20 for e in entries] == [9, 3, 12], entries
assert all(e["nr_bytes"] == 65536 for e in entries), entries
PYTHON
fvd profile export disk golden.profile
expect 4 fvd profile import golden.profile disk
says 'is open'
fvd close disk
fvd profile import golden.profile "$second"
# Only the profile: prefetch of the rest does not start by itself.
fvd open disk "$second" --set profile_start_delay_s=0
for _ in {1..100}; do
	[ "$(fvd status --json disk | json local_base_blocks)" -ge 48 ] && break
	sleep 0.1
done
is "$(fvd status --json disk | json local_base_blocks)" 48
fvd profile clear disk
expect 3 fvd profile show disk
says 'no profile'
fvd close disk
