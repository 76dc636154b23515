# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
golden g07-dirty-bitmap
poke "$image" 4292 q 0
refused_until no-journal-as-stored --base "$base"
sum_is raw sha256_no_replay g07-dirty-bitmap
