# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
head -c 1M /dev/urandom >image
expect 3 fvd info image
says 'magic'
expect 1 fvd info nowhere
