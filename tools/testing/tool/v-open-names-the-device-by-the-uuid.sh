# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
setup_open 32M
fvd create "$image" --base "$base" --uuid 01234567-89ab-cdef-0123-456789abcdef
fvd open disk "$image"
is "$(dmsetup info -c --noheadings -o uuid disk)" \
	FVD-0123456789abcdef0123456789abcdef-disk
