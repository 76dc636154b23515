# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
truncate -s 8M image
expect 4 fvd check image
says 'no FVD magic' out
expect 8 fvd check nowhere
expect 16 fvd check
expect 16 fvd check --nonsense image
