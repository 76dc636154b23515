# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
golden g01-nobase-flat
truncate -s 16M "$image"
expect 4 fvd create --size 4M "$image"
says 'FVD image'
is "$(value format_version "$image")" 1
expect 3 fvd probe "$image"
says 'version 1; "fvd convert" makes'
