# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
fvd create image --size 4M --label 'my disk' \
	--uuid 01234567-89ab-cdef-0123-456789abcdef
expect 0 fvd probe --export image
says '^ID_FS_TYPE=fvd$' out
says '^ID_FS_UUID=01234567-89ab-cdef-0123-456789abcdef$' out
says '^ID_FS_LABEL_ENC=my\\x20disk$' out
says '^FVD_SIZE=4194304$' out
