# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
setup_open 8M
fvd create "$image" --base "$base"
is "$(value layout "$image")" compact
fvd open disk "$image"
printf written | dd of=/dev/mapper/disk bs=1 seek=9000000 conv=notrunc,fsync \
	status=none
fvd status --json disk >status
is "$(json used_chunks <status)" 1
fvd close disk
is "$(value used_chunks "$image")" 1
fvd open disk "$image"
is "$(dd if=/dev/mapper/disk bs=1 skip=9000000 count=7 status=none)" written
