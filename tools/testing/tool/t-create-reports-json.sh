# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
make_base base 16M
fvd create image --base base --json >report
is "$(json layout <report)" flat
is "$(json uuid <report)" "$(value uuid image)"
