# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
make_base base 16M
cp base before
expect 4 fvd create base --base base --force
says 'base'
cmp base before
