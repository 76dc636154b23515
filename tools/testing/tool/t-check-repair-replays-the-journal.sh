# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
make_dirty image
expect 1 fvd check --repair image
expect 0 fvd check image
is "$(value clean image)" True
is "$(value image_blocks image)" 8
is "$(value used_chunks image)" 1
is "$(value journal_blocks_to_replay image)" 0
fvd dump image >text
grep -q '^bitmap 1 page 0 ones' text || fail "the old page was overwritten"
grep -q 'checksum_copy 1' text || fail "the old checksums were overwritten"
