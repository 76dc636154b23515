# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
fvd create image --size 4M --compact
edit image '/^table 0 page 0/i bitmap 0 page 0 ones\n\t512+1'
expect 4 fvd check --repair image
says 'block 512.*no storage' out
