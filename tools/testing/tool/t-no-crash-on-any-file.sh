# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# Nothing but documented exit codes, whatever the file is.
make_dirty good
RANDOM=23
echo "seed 23"
: >empty
truncate -s 8M zeros
head -c 2M /dev/urandom >random
for i in $(seq 12); do
	cp good "flipped$i"
	for j in $(seq 5); do
		flip "flipped$i" $((RANDOM % 4096))
	done
	truncate -s $(((RANDOM * 32768 + RANDOM) % 17000000)) "flipped$i"
done
for file in empty zeros random flipped*; do
	for command in info check 'check --repair' dump 'probe --export'; do
		got=0
		# shellcheck disable=SC2086
		fvd $command "$file" >out 2>err || got=$?
		[ $got -le 8 ] || { cat err; fail "$command $file: $got"; }
	done
done
