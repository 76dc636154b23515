# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
fvd create image --size 4M
at=$(fvd dump image | awk '$1 == "layout" { print $14 }')
flip image "$at"
expect 4 fvd check image
says 'checksum region' out
