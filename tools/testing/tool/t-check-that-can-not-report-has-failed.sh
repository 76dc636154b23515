# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# 1 would mean that the image was repaired.
fvd create image --size 4M
got=0
fvd check image >/dev/full 2>err || got=$?
is $got 8
says 'stdout: '
got=0
fvd check image >&- 2>err || got=$?
is $got 8
says 'stdout: '
# Worse news stay what they are.
flip image 100
got=0
fvd check image >/dev/full 2>err || got=$?
is $got 4
