# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# The kernel would not read the rest of the last sector, so it is copied.
golden g02-base-flat
truncate -s 4194000 "$base"
fvd convert --to raw --base "$base" "$image" raw >out
fvd convert --base "$base" "$image" new >out
is "$(value base_size_bytes new)" 4193792
fvd convert --to raw --base "$base" new again >out
cmp raw again
