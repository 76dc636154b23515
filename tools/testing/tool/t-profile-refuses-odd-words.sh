# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
make_base base 16M
fvd create image --base base >/dev/null
expect 2 fvd profile nonsense image
says 'no word of fvd profile'
expect 2 fvd profile show image more
expect 2 fvd profile export image
expect 2 fvd profile clear --svg x image
says 'goes with show'
expect 1 fvd profile import nowhere image
dd if=/dev/zero of=big bs=1M count=65 status=none
expect 3 fvd profile import big image
