# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
PATH=$(dirname "$FVD"):$PATH
. "$HERE/../../fvd/completion.bash"
COMP_WORDS=(fvd cre) COMP_CWORD=1
_fvd
is "${COMPREPLY[*]}" create
COMP_WORDS=(fvd create --comp) COMP_CWORD=2
_fvd
is "${COMPREPLY[*]}" --compact
