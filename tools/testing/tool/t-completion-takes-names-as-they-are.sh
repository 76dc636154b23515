# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# dmsetup and others may have named a device like a command.
cat >names <<-'END'
	#!/bin/sh
	[ "$*" = "list --names" ] && printf '%s\n' disk 'tenant$(touch${IFS}ran)' 'tenant*'
END
chmod +x names
FVD=$PWD/names
. "$HERE/../../fvd/completion.bash"
touch tenants
for command in close profile; do
	COMP_WORDS=(fvd "$command" ten) COMP_CWORD=2
	[ "$command" = close ] || COMP_WORDS=(fvd profile show ten) COMP_CWORD=3
	_fvd
	[ ! -e ran ] || fail "a name was executed"
	is "${COMPREPLY[0]} ${COMPREPLY[1]}" 'tenant$(touch${IFS}ran) tenant*'
done
is "${#COMPREPLY[@]} ${COMPREPLY[2]}" '3 tenants'
COMP_WORDS=(fvd close d) COMP_CWORD=2
_fvd
is "${COMPREPLY[*]}" disk
COMP_WORDS=(fvd close nowhere) COMP_CWORD=2
_fvd
is "${#COMPREPLY[@]}" 0
