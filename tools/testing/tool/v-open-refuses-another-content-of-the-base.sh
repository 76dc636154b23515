# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# The reason comes from the kernel, and is on stderr.
setup_open 32M
fvd create "$image" --base "$base"
cp base other
printf x | dd of=other conv=notrunc status=none
loop other
expect 1 fvd open disk "$image" --base "$device"
says 'stamp'
is "$(wc -l <err)" 1
fvd open disk "$image" --base "$device" --feature ignore_base_stamp
