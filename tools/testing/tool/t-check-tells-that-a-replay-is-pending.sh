# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
make_dirty image
cp image before
expect 2 fvd check --json image
is "$(json result <out)" 'replay pending'
is "$(json journal_blocks <out)" 2
is "$(json journal_records <out)" 3
cmp image before || fail "something was written"
is "$(value image_blocks image)" 8
is "$(value used_chunks image)" 1
