# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
expect 2 fvd info -xy
says 'unknown option -x;'
expect 2 fvd info -x image
says 'unknown option -x;'
expect 2 fvd info --nonsense image
says 'unknown option --nonsense;'
expect 2 fvd create --flat=yes image
says 'unknown option --flat=yes;'
expect 2 fvd create image --size
says 'create: --size needs an argument'
