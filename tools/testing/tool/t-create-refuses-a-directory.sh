# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
mkdir image
expect 1 fvd create image --size 4M
says 'neither a block device nor a regular file'
