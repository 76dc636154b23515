# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
setup_open 32M
fvd create "$image" --base "$base"
fvd open disk "$image"
exec 9</dev/mapper/disk
expect 4 fvd close disk
says 'in use'
expect 0 fvd close --deferred disk
is "$(fvd list --names)" disk
exec 9<&-
for i in $(seq 50); do
	[ "$(fvd list --names)" ] || break
	sleep 0.1
done
is "$(fvd list --names)" ''
