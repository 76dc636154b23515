# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
setup_open 32M
fvd create "$image" --base "$base"
uuid=$(value uuid "$image")
fvd open disk "$image"
expect 0 fvd list
says "^disk .* rw .*$uuid" out
fvd list --json >out
says "\"uuid\":\"$uuid\"" out
