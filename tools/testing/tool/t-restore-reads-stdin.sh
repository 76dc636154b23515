# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
fvd create image --size 4M
fvd dump image | fvd restore - copy
expect 0 fvd check copy
