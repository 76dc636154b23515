# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
make_gpt image
expect 4 fvd create image --size 4M
says 'gpt'
