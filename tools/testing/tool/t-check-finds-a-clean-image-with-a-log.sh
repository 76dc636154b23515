# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
make_dirty image
edit image 's/clean_shutdown 0/clean_shutdown 1/'
expect 4 fvd check --repair image
says 'cleanly closed' out
