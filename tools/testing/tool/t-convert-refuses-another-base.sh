# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
make_base base 4M
fvd create image --base base >out
cp base other
printf 'else' | dd of=other bs=1 conv=notrunc status=none
expect 4 fvd convert --to raw --base other image new
says 'other: is not the base that the image was made for'
truncate -s 1M other
expect 3 fvd convert --to raw --base other image new
says 'other: has 1048576 bytes, expected a base of at least 4194304'
