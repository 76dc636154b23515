# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
fvd create image --size 4M
edit image 's/^\tuuid/\tbase_img "\\x1b[31mred"\n\tlabel "\\xff\\x0d"\n\tuuid/'
fvd info image >out
! grep -q "$(printf '\033')" out || fail "an escape character came through"
fvd info --json image | json label
