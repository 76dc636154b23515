# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
commands=$(fvd --help | awk '/^  [a-z]/ { print $1 }')
[ "$(echo "$commands" | wc -w)" -ge 17 ] || fail "commands: $commands"
for command in $commands; do
	expect 0 fvd "$command" --help
	says "usage: fvd $command" out
done
expect 0 fvd --version
says 'format 3' out
expect 2 fvd
expect 2 fvd nonsense
