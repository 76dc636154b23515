# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
for option in --size=0 --size=8X --size=8MB --size=-1 --size= --size=17E \
	--size=1000 --block-size=5000 --block-size=2K --block-size=2M \
	--chunk-size=3M --chunk-size=128M --journal-size=32K \
	--journal-size=70000 --max-size=1M --copy-on-read=yes --uuid=1234 \
	--label="$(printf '%065d' 1)" --nonsense; do
	expect 2 fvd create image --size 8M "$option"
	is "$(wc -l <err)" 1
	[ ! -e image ] || fail "$option: a file was made"
done
