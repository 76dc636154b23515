# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
setup_open 32M
expect 5 fvd close nowhere
dmsetup create other --table "0 8 zero"
expect 5 fvd close other
dmsetup remove other
says 'not one of fvd'
