# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
fvd create image --size 4M --compact
fvd dump image >good
for script in 's/fvd-dump 1/fvd-dump 2/' 's/^layout.*/layout/' '/^end/d' \
	's/image-bytes/bytes/' 's/^\tmagic/\tmagik/' 's/version 3/version x/' \
	's/^table 0 page 0/table 0 page 9/' 's/^table 0/table 2/' \
	's/fill ff/fill fff/' 's/slot 0 crc auto/slot 0 crc maybe/' \
	's/^superblock 1/superblock 2/' 's/^checksum 1/nonsense/' \
	's/metadata-bytes .*/metadata-bytes 99999999999999/' \
	's/copy_on_read 1/copy_on_read 99999999999/' \
	's/^end/journal block 0 raw\n\t4095 0000\nend/' \
	's/^end/journal block 99999 raw\nend/' \
	's/^end/page 123 raw\nend/'; do
	sed "$script" good >text
	! cmp -s good text || fail "$script changes nothing"
	rm -f copy
	expect 3 fvd restore text copy
	says 'line [0-9]*: '
	is "$(wc -l <err)" 1
	[ ! -e copy ] || fail "$script: a file was left"
done
