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
for name in g03-base-compact g07-dirty-bitmap g09-dirty-table; do
	golden $name
	python3 - "$image" $RANDOM <<-'END'
	import random, sys
	good = open(sys.argv[1], 'rb').read()
	random.seed(int(sys.argv[2]))
	for i in range(8):
	    bad = bytearray(good)
	    # sizes and flags; fields of base, table, journal; what these hold
	    for at, n in ((12, 24), (1068, 24), (2204, 24), (4284, 24),
	                  (8192, 16384), (8192, 16384), (8192, 16384)):
	        bad[at + random.randrange(n)] ^= 1 << random.randrange(8)
	    open('flipped-%s-%d' % (sys.argv[1], i), 'wb').write(bad)
	END
	rm "$name".*
done
for file in empty zeros random flipped*; do
	for command in info check 'check --repair' dump 'probe --export'; do
		got=0
		# shellcheck disable=SC2086
		fvd $command "$file" >out 2>err || got=$?
		[ $got -le 8 ] || { cat err; fail "$command $file: $got"; }
	done
	rm -f raw
	got=0
	fvd convert --to raw --base zeros "$file" raw >out 2>err || got=$?
	[ $got -le 5 ] || { cat err; fail "convert $file: $got"; }
done
