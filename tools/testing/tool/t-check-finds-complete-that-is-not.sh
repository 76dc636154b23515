# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
make_base base 4M
fvd create image --base base
edit image 's/base_img_fully_prefetched 0/base_img_fully_prefetched 1/'
expect 4 fvd check --repair image
says 'marked as complete, but 1024 blocks' out
