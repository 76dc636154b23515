# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# What is there is named, and nothing is written.
truncate -s 8M image
mkfs.ext4 -q image || skip "no mkfs.ext4"
cp image before
expect 4 fvd create image --size 4M
says 'ext4'
says 'force'
cmp image before
