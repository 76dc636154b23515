# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
man=$HERE/../../../Documentation/man
pages=("$man/nbdkit-fvd-plugin.1")
for command in '' $(fvd --help | awk '/^  [a-z]/ { print "-" $1 }'); do
	pages+=("$man/fvd$command.8")
done
for page in "${pages[@]}"; do
	[ -f "$page" ] || fail "no $page"
	command -v man >/dev/null || continue
	man --warnings -l "$page" 2>warnings >text
	[ ! -s warnings ] || { cat warnings; fail "$page"; }
done
