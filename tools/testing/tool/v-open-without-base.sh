# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
setup_open 32M
fvd create "$image" --size 16M
fvd open disk "$image"
is "$(tr -d '\0' </dev/mapper/disk | wc -c)" 0
