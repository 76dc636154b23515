# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# Copy-on-write of a block that lies in two chunks; the journal knows of one.
python3 "$HERE/make-v1.py" 2 v1 block=7680 chunk=8192 killed=1 straddle=1 data=0 \
	prefetched=0 virtual=1024000 base=900096 writes=12 journal=65536 >shape
image=v1.fvd base=v1.base.raw
refused_until missing-as-base --base "$base"
cmp raw v1.expected.raw
rm raw
refused_until missing-as-zeros --base "$base"
expect 4 fvd check --json "$image"
python3 - <<'END'
import json
truth = bytearray(open('v1.expected.raw', 'rb').read())
problem, = json.load(open('out'))['problems']
nr_lost = 0
for at, n in problem['ranges']:
    nr_lost += any(truth[at:at + n])
    truth[at:at + n] = bytes(n)
assert nr_lost, 'nothing that can be told from zeros'
assert truth == open('raw', 'rb').read(), 'other than told'
END
