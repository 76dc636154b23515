# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
setup_open 32M
fvd create "$image" --compact --base "$base"
fvd open disk "$image"
expect 4 fvd pivot disk
says 'is compact'
fvd close disk
expect 5 fvd pivot disk
