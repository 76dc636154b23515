# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
fvd create image --size 8M --label 'my disk' --copy-on-read off \
	--uuid 01234567-89ab-cdef-0123-456789abcdef
is "$(value label image)" 'my disk'
is "$(value uuid image)" 01234567-89ab-cdef-0123-456789abcdef
is "$(value copy_on_read image)" False
