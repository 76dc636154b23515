# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
setup_open 32M
fvd create "$image" --base "$base"
fvd open disk "$image"
expect 8 fvd check "$image"
says 'in use'
expect 4 fvd create "$image" --base "$base" --force
says 'in use'
expect 0 fvd info "$image"
