# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
make_base base 16M
fvd create one --base base >/dev/null
fvd create two --base base --compact >/dev/null
expect 3 fvd profile show one
says 'no profile is there'
FVD=$FVD "$HERE/profile.py" one file 4194304+65536@0 0+4096@120 8192+8192@2500
fvd profile import file one
fvd profile export one copy
cmp file copy
fvd profile import one two
fvd profile export two copy2
cmp file copy2
# The rest of the images is as it was.
expect 0 fvd check one
expect 0 fvd check two
fvd profile clear two
expect 3 fvd profile export two copy3
says 'no profile is there'
[ ! -e copy3 ] || fail "there is a file without a profile"
