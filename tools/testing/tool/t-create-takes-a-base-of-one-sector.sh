# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
head -c 512 /dev/urandom >base
fvd create image --base base
is "$(value base_size_bytes image)" 512
expect 0 fvd check image
