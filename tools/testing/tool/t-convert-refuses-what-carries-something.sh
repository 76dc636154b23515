# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
golden g01-nobase-flat
cp "$image" target
truncate -s 16M target
cp target before
expect 4 fvd convert "$image" target
says 'target: carries .*FVD image'
cmp before target
truncate -s 1M small
expect 1 fvd convert --force "$image" small
says 'has 1048576 bytes, expected at least'
