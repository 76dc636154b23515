# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
setup_open 32M
fvd create "$image" --base "$base"
dmsetup create disk --table "0 8 zero"
got=0
fvd open disk "$image" 2>err || got=$?
dmsetup remove disk
[ $got -ne 0 ] || fail "it was opened"
says 'disk: '
