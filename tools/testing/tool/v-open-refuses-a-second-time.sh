# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
setup_open 32M
fvd create "$image" --base "$base"
fvd open disk "$image"
expect 4 fvd open other "$image"
says 'open already, as disk'
