# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
golden g05-datafile
expect 1 serve file="$image" -- true
says 'g05-datafile.fvd: has its data in another file, .*"g05-datafile.data"'
expect 1 serve file="$image" data="$data" -- true
says 'g05-datafile.fvd: needs its base (4194304 bytes)'
expect 1 serve file="$image" data="$data" base=missing -- true
says 'missing: No such file'
truncate -s 4M small
truncate -s -1K small
expect 1 serve file="$image" data="$data" base=small -- true
says 'small: has 4193280 bytes, expected a base of at least 4194304'
expect 1 serve file="$base" -- true
says 'no FVD magic'
expect 1 serve -- true
says 'file=<IMAGE>'
expect 1 serve file="$image" nonsense=1 -- true
says "unknown parameter 'nonsense'"
expect 1 serve file="$image" accept=everything -- true
says 'found "everything"'
