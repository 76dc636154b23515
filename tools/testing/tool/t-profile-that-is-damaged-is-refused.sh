# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
make_base base 16M
fvd create image --base base >/dev/null
FVD=$FVD "$HERE/profile.py" image file 0+4096@0 8192+4096@1
cp file bad
flip bad 140
expect 3 fvd profile import bad image
says 'wrong checksum'
head -c 150 file >bad
expect 3 fvd profile import bad image
says 'entries, room is for'
: >bad
expect 3 fvd profile import bad image
FVD=$FVD "$HERE/profile.py" image bad 0+8192@0 4096+4096@1
expect 3 fvd profile import bad image
says 'overlap'
FVD=$FVD "$HERE/profile.py" image bad 16777216+4096@0
expect 3 fvd profile import bad image
says 'the base has 4096'
FVD=$FVD "$HERE/profile.py" image bad 0+4096@5 8192+4096@4
expect 3 fvd profile import bad image
says 'earlier than the one before'
expect 3 fvd profile show image
says 'no profile is there'
