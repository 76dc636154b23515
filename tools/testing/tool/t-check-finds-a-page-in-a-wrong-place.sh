# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# Both pages are good, but swapped.
fvd create image --size 2G
edit image '/^checksum 0/i bitmap 0 page 3 fill ff'
at=$(fvd dump image | awk '$1 == "layout" { print $5 }')
page=$((at / 4096))
dd if=image of=a bs=4096 skip=$((page + 3)) count=1 status=none
dd if=image of=b bs=4096 skip=$((page + 4)) count=1 status=none
dd if=b of=image bs=4096 seek=$((page + 3)) conv=notrunc status=none
dd if=a of=image bs=4096 seek=$((page + 4)) conv=notrunc status=none
expect 4 fvd check --json image
is "$(json problems_found <out)" 2
