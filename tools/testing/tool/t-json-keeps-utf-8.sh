# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# Names are what they are if they are UTF-8, and JSON is valid in any case.
name=$(printf 'gr\303\266\303\237e \342\202\254 \360\237\230\200.fvd')
fvd create --json "$name" --size 4M >out
export PYTHONUTF8=1
is "$(json image <out)" "$name"
fvd info --json "$name" >out
json uuid <out >/dev/null
# Cut short, longer than needed, a surrogate, too large, and no start.
bad=$(printf 'x\303 \300\257 \355\240\200 \364\220\200\200 \200')
fvd create --json "$bad" --size 4M >out
is "$(json image <out)" 'x? ?? ??? ???? ?'
