# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# And not waited for until somebody writes to it.
mkfifo fifo
expect 1 timeout 20 "$FVD" profile show fifo
says 'neither a block device nor a regular file'
