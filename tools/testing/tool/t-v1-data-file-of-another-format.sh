# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# It would be taken for raw, and its head for data.
golden g05-datafile
python3 -c 'import sys
f = open(sys.argv[1], "r+b"); f.seek(2132); f.write(b"qcow2")' "$image"
expect 4 fvd check --data "$data" "$image"
says 'another format than raw; convert --accept data-file-as-raw' out
expect 3 fvd convert --to raw --base "$base" --data "$data" "$image" raw
says 'data-file-as-raw'
fvd convert --to raw --base "$base" --data "$data" --accept data-file-as-raw "$image" raw >out
cmp raw "$expected"
