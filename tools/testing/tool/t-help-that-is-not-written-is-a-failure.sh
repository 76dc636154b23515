# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
fails() {
	local want=$1 got=0
	shift
	"$@" >/dev/full 2>err || got=$?
	is "$got" "$want"
	says 'stdout: '
}
fails 1 fvd --help
fails 1 fvd --version
fails 1 fvd create --help
fails 8 fvd check --help
fails 1 "$BUILD/dmsim" --help
fails 3 "$BUILD/fvd-stress" --help
