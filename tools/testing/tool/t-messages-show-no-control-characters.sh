# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# What an image has for a hint, or somebody for the name of a file, is not obeyed
# by the terminal: not on stderr either, and not as C1 in UTF-8.
make_base base 16M
fvd create image --base base >/dev/null
hint='"\\x1b[31mred\\x07\\x0aline\\xc2\\x9bred\\x7f\\x9b\\xc3\\xa4"'
edit image "s/^\\tbase_img .*/\\tbase_img $hint/"

is_clean() {
	is "$(wc -l <"$1")" "${2:-1}"
	! LC_ALL=C grep -q "[$(printf '\001-\010\013-\037\177\233')]" "$1" ||
		fail "a control character came through: $(od -c "$1")"
	says "$(printf '?\[31mred??line??red??\303\244')" "$1"
}

expect 1 fvd convert image new
is_clean err
fvd info image >out
grep -a 'red' out >line
is_clean line
expect 1 serve file=image -- true
grep -a 'red' err >line
is_clean line

name=$'\e[31mred\a\nline\xc2\x9bred\x7f\x9b\xc3\xa4'
expect 1 fvd info "$name"
is_clean err
expect 2 fvd create --size "$name" new
is_clean err
cp image "$name"
expect 8 fvd check --data x "$name"
is_clean err
expect 0 fvd check "$name"
is_clean out
flip "$name" 100
expect 4 fvd check "$name"
is_clean out 2
