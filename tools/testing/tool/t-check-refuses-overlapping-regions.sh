# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
fvd create image --size 4M
edit image 's/journal_offset .*/journal_offset 131072/'
expect 4 fvd check image
says 'overlap' out
