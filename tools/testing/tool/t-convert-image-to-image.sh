# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# From format 3, what is left in the base stays there; discards stay zeros, a
# journal that is pending is replayed, the label is kept.
make_dirty old
head -c 16M /dev/urandom >noise
fvd convert --from raw --to raw noise base --force >out
fvd create old --base base --compact --label mine --force >out
fvd dump old >text
sed -i 's/clean_shutdown 1/clean_shutdown 0/; /^end$/d
	s/stable_journal_epoch .*/stable_journal_epoch 9/' text
printf 'journal block 0 epoch 9 sequence 1 crc auto\n\tentries 2 5\n\tblocks 512+4\n\treset 7+1 zero\nend\n' >>text
fvd restore --force text old
head -c 16384 /dev/urandom | dd of=old bs=1 seek=$(($(value data_offset_bytes old) + 5 * 1048576)) \
	conv=notrunc status=none
fvd convert --to raw --base base old expected >out
cmp -n 2097152 expected base
! cmp -s expected base || fail "the journal was not replayed"
is "$(dd if=expected bs=1M skip=7 count=1 status=none | tr -d '\0' | wc -c)" 0
for how in '--to flat' '--to compact --chunk-size 64K --block-size 16K' '--full'; do
	# shellcheck disable=SC2086
	fvd convert $how --base base old new --json >out
	is "$(value label new)" mine
	[[ $how != *full* ]] || is "$(value base_size_bytes new)" 0
	[[ $how = *full* ]] || [ "$(json stored_bytes <out)" -le 65536 ] ||
		fail "$how copied the base"
	expect 0 fvd check new
	fvd convert --to raw --base base new raw >out
	cmp raw expected || fail "$how"
	rm new raw
done
