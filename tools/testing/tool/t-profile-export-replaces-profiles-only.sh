# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# Operands that were mixed up cost no image, and a device or pipe is written to
# and not replaced.
make_base base 16M
fvd create one --base base >/dev/null
fvd create two --base base >/dev/null
"$HERE/profile.py" one file 4194304+65536@0
fvd profile import file one
cp two before
expect 4 fvd profile export file two
says 'is no profile'
cmp two before
ls >names
# A file, an older profile, an empty file, or a link to one of them.
fvd profile export one new
cmp file new
"$HERE/profile.py" one old 0+4096@120
fvd profile export one old
cmp file old
: >empty
ln -s empty link
fvd profile export one link
[ -L link ] || fail "the link was replaced"
cmp file empty
rm new old empty link
# Streams.
fvd profile export one - >out
cmp file out
ln -s /proc/self/fd/1 stdout
fvd profile export one stdout | cmp file -
[ -L stdout ] || fail "the link was replaced"
mkfifo fifo
timeout 20 cat fifo >out &
fvd profile export one fifo
wait $!
cmp file out
[ -p fifo ] || fail "the FIFO was replaced"
# As /dev/full, which a failure of this test must not replace.
if mknod full c 1 7 && [ -w full ] && : >full; then
	expect 1 fvd profile export one full
	says 'No space left'
	[ -c full ] || fail "the device was replaced"
fi
mkdir folder
expect 4 fvd profile export one folder
rmdir folder
rm -f fifo stdout full
ls >names.after
sed -i '/^names/d; /^out/d; /^err/d' names names.after
cmp names names.after || fail "a temporary file was left"
