# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# A good block behind a torn one must not come back: the epoch moves on.
make_dirty image
edit image '/^end/i journal block 3 epoch 9 sequence 4 crc auto\n\tblocks 600+1'
expect 1 fvd check --repair image
fvd dump image >text
is "$(sed -n '/superblock 1/,/crc/s/.*stable_journal_epoch //p' text)" 10
