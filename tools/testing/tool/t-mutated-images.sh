# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# SEED and COUNT may be set from outside.
[ -x "$BUILD/tests/mutate" ] || fail "tests/mutate was not built"
"$BUILD/tests/mutate" "${SEED:-$(date +%s)}" "${COUNT:-2000}"
