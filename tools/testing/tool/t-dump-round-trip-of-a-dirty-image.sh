# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
make_dirty image
round_trip image
