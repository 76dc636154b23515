# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
make_dirty good
bytes=$(fvd dump good | awk '$1 == "metadata-bytes" { print $2 }')
RANDOM=17
echo "seed 17"
for i in $(seq 20); do
	cp good image
	for j in 1 2 3; do
		flip image $(((RANDOM * 32768 + RANDOM) % bytes))
	done
	round_trip image
done
flip good 3
flip good 65539
round_trip good
