# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# Chunk 2 was the first to be written, at storage 0.
golden g09-dirty-table
poke "$image" $((8192 + 4 * 2)) I 200
refused_until conflict-as-replayed
sum_is raw sha256_expected g09-dirty-table
