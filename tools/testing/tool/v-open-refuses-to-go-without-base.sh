# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
setup_open 32M
fvd create "$image" --base "$base"
expect 1 fvd open disk "$image" --base -
says 'needs its base'
