# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
fvd create image --size 4M
flip image 3000
flip image $((65536 + 3000))
expect 4 fvd create image --size 4M
says 'damaged'
