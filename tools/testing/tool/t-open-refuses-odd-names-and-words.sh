# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
for name in a/b 'a b' .. "$(printf '%0130d' 1)"; do
	expect 2 fvd open "$name" image
done
expect 2 fvd open disk image --set nothing
expect 2 fvd open disk image --feature 'two words'
expect 2 fvd open disk
expect 2 fvd reload disk
