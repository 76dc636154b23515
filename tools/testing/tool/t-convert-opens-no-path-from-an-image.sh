# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# The base lies there under the name that the image tells.
golden g03-base-compact
expect 1 fvd convert "$image" new
says 'needs its base (4194304 bytes), .*"g03-base-compact.base.raw".*--base'
[ ! -e new ] || fail "a file was left"
golden g05-datafile
expect 1 fvd convert --base "$base" "$image" new
says 'has its data in another file, .*"g05-datafile.data"'
