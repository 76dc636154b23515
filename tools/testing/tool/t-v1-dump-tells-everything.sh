# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
golden g03-base-compact
fvd dump "$image" >text
says '^	chunk_size 16384$' text
says '^	base_img "g03-base-compact.base.raw"$' text
# the first write: 19,968 bytes at 5 MiB, in two new chunks behind the base
says '^	320 0+2$' text
says '^	chunks 320 0! 1!$' text
says '^	sectors 10240+39$' text
is "$(tail -n1 text)" end
# bits 2 to 4: 8192 bytes at 12288 are blocks 3 and 4; 512 at 1536 is block 0
says '^	3+2$' text
expect 3 fvd restore text copy
