# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
fvd create image --size 4M
expect 1 fvd open disk image
says 'losetup'
