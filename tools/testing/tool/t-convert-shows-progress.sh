# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
head -c 8M /dev/urandom >disk
fvd convert --from raw --progress on disk new >out 2>err
tr '\r' '\n' <err >lines
says '^\[####.* *\] .* % of 8 MiB' lines
says '^\[#\{40\}\] 100.0 % of 8 MiB$' lines
fvd convert --from raw --progress off --force disk new >out 2>err
[ ! -s err ] || fail "$(cat err)"
fvd convert --from raw --force disk new >out 2>err
[ ! -s err ] || fail "progress without a terminal"
