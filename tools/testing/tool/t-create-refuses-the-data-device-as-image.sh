# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
truncate -s 16M image
expect 4 fvd create image --data image --size 4M --force
says 'data'
