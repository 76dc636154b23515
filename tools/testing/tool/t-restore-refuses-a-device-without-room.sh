# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
fvd create image --size 4M
truncate -s 1M other
fvd dump image >text
expect 1 fvd restore text other
says 'found room for 1048576'
