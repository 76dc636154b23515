# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# A typo is found before the image that was to be repaired is erased: in the
# first line of the text or in the last, from a file or from a pipe.
make_dirty image
fvd dump image >good
cp image before
for script in 's/clean_shutdown/clean_shutdwon/' '/^end$/d' \
	's/^end/page 123 raw\nend/' 's/^\tmagic/\tmagik/' \
	's/slot 0 crc auto/slot 7 crc auto/' 's/^table 0/table 2/' \
	's/^\(layout .* bitmap\) [0-9]*/\1 99999997952/'; do
	sed "$script" good >text
	! cmp -s good text || fail "$script changes nothing"
	expect 3 fvd restore --force text image
	says 'line [0-9]*: '
	cmp image before || fail "$script: the image has changed"
	expect 3 fvd restore --force - image < <(cat text)
	says 'line [0-9]*: '
	cmp image before || fail "$script, from a pipe: the image has changed"
done
# Neither is what else was there lost.
if mkfs.ext4 -q victim 8M; then
	cp victim victim.before
	expect 3 fvd restore --force text victim
	cmp victim victim.before
fi
fvd restore --force - image < <(cat good)
cmp image before
