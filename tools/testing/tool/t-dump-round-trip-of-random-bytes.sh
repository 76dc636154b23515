# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
head -c 300000 /dev/urandom >image
round_trip image
head -c 1000 /dev/urandom >image
round_trip image
