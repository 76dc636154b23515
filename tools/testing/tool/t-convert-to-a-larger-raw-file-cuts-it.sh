# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# A raw disk in a file is as long as the file: no tail of an older one.
make_base raw 4M
fvd convert --from raw raw image
yes old | head -c 6M >larger
fvd convert --force --to raw image larger
cmp larger raw
truncate -s 8M larger
: >larger
truncate -s 8M larger
fvd convert --to raw image larger
cmp larger raw
# An image of the driver's has its own size.
truncate -s 64M larger
fvd convert --force --from raw raw larger
is "$(stat -c %s larger)" 67108864
