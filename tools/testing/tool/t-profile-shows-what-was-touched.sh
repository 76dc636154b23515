# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
make_base base 16M
fvd create image --base base >/dev/null
FVD=$FVD "$HERE/profile.py" image file 0+8388608@0 12582912+4096@1000
fvd profile show file >out
says 'touched: *8 MiB (8392704 bytes)\|touched: .*8392704 bytes' out
# The first half of the first row is dark, the last row has one mark.
is "$(grep -c '@\{36\}' out)" 1
grep '@@@' out | grep -q '0.00 s |@' || fail "the first row is not dark"
marks=$(grep ' s |' out | tail -n1 | sed 's/^.*s |//; s/[ |]//g')
is "${#marks}" 1
fvd profile show --json file >out
is "$(json touched_bytes <out)" 8392704
is "$(json pieces <out)" 2
fvd profile show --svg picture.svg file
python3 -c 'import sys, xml.dom.minidom
rects = xml.dom.minidom.parse(sys.argv[1]).getElementsByTagName("rect")
assert len(rects) == 4, len(rects)' picture.svg
expect 1 fvd profile show --svg /nowhere/x file
