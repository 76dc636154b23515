# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
make_base base 1000001
fvd create image --base base
is "$(value base_size_bytes image)" 999936
expect 0 fvd check image
