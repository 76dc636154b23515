# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# Who starts a tool without stderr must not find its messages in what was
# opened in its place.
mkfs.ext4 -q victim 8M || skip "no mkfs.ext4"
fvd create image --size 4M
fvd dump image >text
cp victim before

without_stderr() {
	local got=0
	"$@" 2>&- || got=$?
	[ "$got" -ne 0 ] || fail "was not refused: $*"
	cmp victim before || fail "was written to: $*"
}

without_stderr fvd create --size 10M victim
without_stderr fvd restore text victim
without_stderr fvd convert --to raw image victim
without_stderr fvd profile import image victim
without_stderr "$BUILD/fvd-stress" --buffered --depth 0 victim
without_stderr fvd create --size 10M victim <&- >&-
