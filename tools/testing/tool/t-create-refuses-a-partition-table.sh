# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
make_gpt image
expect 4 fvd create image --size 4M
says 'gpt'
