# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
for name in a/b 'a b' .. '' "$(printf '%0130d' 1)" 'a$(b)' "a'b" $'a\nb' 'a*' 'a\b' größe; do
	expect 2 fvd open "$name" image
	says 'NAME: found'
done
expect 1 fvd open aZ0#+-.:=@_ image
expect 2 fvd open disk image --set nothing
expect 2 fvd open disk image --feature 'two words'
expect 2 fvd open disk
expect 2 fvd reload disk
