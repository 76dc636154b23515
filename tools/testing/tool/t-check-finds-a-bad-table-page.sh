# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
fvd create image --size 4M --compact
at=$(fvd dump image | awk '$1 == "layout" { print $11 }')
flip image $((at + 100))
expect 4 fvd check image
says 'table page 0' out
