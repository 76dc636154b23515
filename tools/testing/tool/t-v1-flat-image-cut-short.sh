# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
golden g02-base-flat
truncate -s 4214784 "$image"
refused_until cut-short-as-zeros --base "$base"
expect 4 fvd check "$image"
says '	4194304 bytes at 4194304$' out
truncate -s 4M "$expected"
truncate -s 8M "$expected"
cmp raw "$expected"
