# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
make_base disk 1M
expect 3 fvd convert disk image
says 'no FVD magic.*--from raw'
[ ! -e image ] || fail "a file was left"
# and never takes one for an image that calls itself raw
golden g01-nobase-flat
fvd convert --from raw "$image" new >out
fvd convert --to raw new raw >out
cmp raw "$image"
