# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
fvd create image --size 4M
fvd dump image >text
truncate -s 8M other
mkfs.ext4 -q other || skip "no mkfs.ext4"
expect 4 fvd restore text other
says 'ext4'
fvd restore --force text other
expect 0 fvd check other
