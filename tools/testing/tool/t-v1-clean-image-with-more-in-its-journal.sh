# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# A failed open could mark an image as clean without replaying its journal.
for name in g07-dirty-bitmap g09-dirty-table; do
	golden $name
	poke "$image" 4300 I 1
	refused_until journal-replay ${base:+--base "$base"}
	sum_is raw sha256_expected $name
	rm raw
	refused_until journal-ignore ${base:+--base "$base"}
	sum_is raw sha256_no_replay $name
	rm raw
done
expect 2 fvd convert --accept journal-replay,journal-ignore "$image" new
says 'contradicts'
