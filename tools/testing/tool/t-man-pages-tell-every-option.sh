# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
man=$HERE/../../../Documentation/man
for command in $(fvd --help | awk '/^  [a-z]/ { print $1 }'); do
	for option in $(fvd "$command" --help |
		awk '/^  --/ && !/--help/ { sub(/\[.*/, "", $1); print $1 }'); do
		grep -q -e "Fl -.*${option#--}\|Fl ${option#-}" \
			"$man/fvd-$command.8" || fail "fvd-$command.8: $option"
	done
done
