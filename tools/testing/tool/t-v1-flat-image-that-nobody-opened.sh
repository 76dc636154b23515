# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# The original gives it its length at the first I/O. Not a mistake.
golden g01-nobase-flat
truncate -s 8192 "$image"
expect 0 fvd check "$image"
fvd convert --to raw "$image" raw >out
is "$(tr -d '\0' <raw | wc -c)" 0
is "$(stat -c %s raw)" 8388608
