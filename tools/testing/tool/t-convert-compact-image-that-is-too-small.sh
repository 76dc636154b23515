# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# Two chunks of room, three are needed. What is left is refused.
head -c 3M /dev/urandom >disk
truncate -s 4M target
fvd create --force --compact --size 3M target >out
expect 1 fvd convert --from raw --to compact --force disk target
says 'target: has room for 2 chunks, the disk needs more'
expect 3 fvd info target
says 'was not finished'
expect 3 fvd convert --to raw target raw
