# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
setup_open 32M
expect 0 fvd status
[ ! -s out ] || fail "$(cat out)"
is "$(fvd status --json | tr -d ' \n')" '[]'
fvd create "$image" --base "$base"
fvd open disk "$image"
cat /dev/mapper/disk >/dev/null
is "$(fvd status --json | python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["name"])')" disk
is "$(fvd status --json disk | json base_blocks)" 4096
expect 5 fvd status nowhere
