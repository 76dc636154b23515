# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# For the tests of the fvd tool; run with "bash -eu".

fail() {
	echo "FAILED: $*"
	exit 1
}

skip() {
	echo "$*"
	exit 77
}

fvd() {
	"$FVD" "$@"
}

# expect CODE COMMAND...: the exit status; output goes to ./out and ./err.
expect() {
	local want=$1 got=0
	shift
	"$@" >out 2>err || got=$?
	[ "$got" -eq "$want" ] && return
	cat out err
	fail "exit status $got, expected $want: $*"
}

# says PATTERN [FILE]: the last expect said so (on stderr, unless FILE).
says() {
	grep -q -e "$1" "${2:-err}" && return
	cat "${2:-err}"
	fail "${2:-err} does not say: $1"
}

# value KEY IMAGE: from "fvd info --json"; flags are True and False.
value() {
	fvd info --json "$2" | json "$1"
}

# json KEY: a key's value from JSON on stdin.
json() {
	python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"
}

# is VALUE EXPECTED
is() {
	[ "$1" = "$2" ] || fail "found \"$1\", expected \"$2\""
}

# make_base FILE SIZE: a golden image with content, but no signature.
make_base() {
	truncate -s "$2" "$1"
	printf 'golden' | dd of="$1" bs=1 seek=70000 conv=notrunc status=none
}

# edit IMAGE SED-SCRIPT: change the metadata through its text.
edit() {
	fvd dump "$1" >edit.before
	sed "$2" edit.before >edit.after
	! cmp -s edit.before edit.after || fail "the edit changed nothing: $2"
	fvd restore --force edit.after "$1"
}

# make_dirty IMAGE: a compact image of a crash; the log gives chunk 2 the
# storage 5 and blocks 512 to 519 of it (4 KiB blocks, 1 MiB chunks).
make_dirty() {
	make_base base 16M
	fvd create "$1" --base base --compact >create.out
	fvd dump "$1" >dirty.text
	sed -i 's/clean_shutdown 1/clean_shutdown 0/; /^end$/d
		s/stable_journal_epoch .*/stable_journal_epoch 9/' dirty.text
	cat >>dirty.text <<-'END'
	journal block 0 epoch 9 sequence 1 crc auto
		entries 2 5
		blocks 512+4
	journal block 1 epoch 9 sequence 2 crc auto
		blocks 516+4
	end
	END
	# <<- takes away the tabs that mean "body"
	sed -i 's/^entries\|^blocks/\t&/' dirty.text
	fvd restore --force dirty.text "$1"
}

# flip FILE OFFSET: one bit.
flip() {
	python3 - "$1" "$2" <<-'END'
	import sys
	with open(sys.argv[1], 'r+b') as f:
	    f.seek(int(sys.argv[2]))
	    byte = f.read(1)[0]
	    f.seek(int(sys.argv[2]))
	    f.write(bytes([byte ^ 1]))
	END
}

# round_trip IMAGE: dump and restore give the same metadata bytes.
round_trip() {
	local bytes
	fvd dump "$1" >text.1
	bytes=$(awk '$1 == "metadata-bytes" { print $2 }' text.1)
	rm -f copy
	fvd restore text.1 copy
	cmp -n "$bytes" "$1" copy || fail "the metadata differs"
	is "$(stat -c %s copy)" "$(stat -c %s "$1")"
	fvd dump copy >text.2
	cmp text.1 text.2 || fail "the text differs"
}

# make_gpt FILE: 8 MiB with an empty GUID partition table and its backup.
make_gpt() {
	python3 - "$1" <<-'END'
	import struct, sys, zlib
	sectors = 16384
	entries = bytes(16384)
	def header(at, other, table):
	    h = struct.pack('<8sIIIIQQQQ16sQIII', b'EFI PART', 0x10000, 92, 0, 0,
	                    at, other, 34, sectors - 34, b'x' * 16, table, 128,
	                    128, zlib.crc32(entries))
	    return h[:16] + struct.pack('<I', zlib.crc32(h)) + h[20:]
	disk = bytearray(sectors * 512)
	disk[446:462] = struct.pack('<8BII', 0, 0, 2, 0, 0xee, 255, 255, 255, 1,
	                            sectors - 1)
	disk[510:512] = b'\x55\xaa'
	disk[512:512 + 92] = header(1, sectors - 1, 2)
	disk[-512:-512 + 92] = header(sectors - 1, 1, sectors - 33)
	open(sys.argv[1], 'wb').write(disk)
	END
}

# For v-*.sh: devices for files, and nothing left behind.
loops=()

# loop FILE: attach it; the device is in $device.
loop() {
	device=$(losetup --find --show "$1")
	loops+=("$device")
}

# setup_open SIZE: $base and $image, 16 MiB and SIZE, on loop devices.
setup_open() {
	modprobe dm-fvd
	modprobe loop 2>/dev/null || : # built in under uml
	trap cleanup EXIT
	make_base base 16M
	loop base
	base=$device
	truncate -s "$1" image
	loop image
	image=$device
}

# read_all NAME: until the image is complete. A read that finds no memory to keep
# what it got leaves that to a later one.
read_all() {
	until fvd status "$1" | grep -q '^complete: *1$'; do
		cat "/dev/mapper/$1" >/dev/null
		sleep 0.1
	done
}

cleanup() {
	local name
	for name in $(fvd list --names); do
		fvd close "$name"
	done
	for device in "${loops[@]}"; do
		losetup -d "$device"
	done
}

# read_byte_run DEVICE: what make_base put there.
read_golden() {
	dd if="$1" bs=1 skip=70000 count=6 status=none
}

# golden_names: the images of version 1 that the original code has made.
golden_names() {
	python3 -c 'import json, sys
for image in json.load(open(sys.argv[1])): print(image["name"])' \
		"$HERE/golden-v1/manifest.json"
}

# golden NAME: unpack it; sets image, expected, and base and data or "".
golden() {
	tar xf "$HERE/golden-v1/$1.tar.xz"
	image=$1.fvd expected=$1.expected.raw base=$1.base.raw data=$1.data
	[ -e "$base" ] || base=
	[ -e "$data" ] || data=
}

# golden_value KEY NAME: from the manifest; flags are True and False.
golden_value() {
	python3 -c 'import json, sys
for image in json.load(open(sys.argv[1])):
    if image["name"] == sys.argv[3]: print(image[sys.argv[2]])' \
		"$HERE/golden-v1/manifest.json" "$1" "$2"
}

# serve PARAMETER... -- COMMAND: the command while nbdkit serves an image, with
# the disk's address in $uri. Not "-U -": nbdkit leaves the folder that this makes in
# /tmp behind when it does not come to serve.
serve() {
	local parameters=()
	while [ "$1" != -- ]; do
		parameters+=("$1")
		shift
	done
	shift
	rm -f serve.sock
	nbdkit -U "$PWD/serve.sock" "$BUILD/nbdkit-fvd-plugin.so" "${parameters[@]}" --run "$*"
}

# poke FILE OFFSET FORMAT VALUE: overwrite a field; FORMAT as Python's struct.
poke() {
	python3 - "$@" <<-'END'
	import struct, sys
	with open(sys.argv[1], 'r+b') as f:
	    f.seek(int(sys.argv[2]))
	    f.write(struct.pack('<' + sys.argv[3], int(sys.argv[4], 0)))
	END
}

# refused_until WORD[,WORD] SOURCE-OPTION...: $image is damaged, and converted to
# "raw" only with the words.
refused_until() {
	local words=$1
	shift
	expect 4 fvd check "$image"
	says "convert --accept .*${words%%,*}" out
	expect 3 fvd convert --to raw "$@" "$image" raw
	says "${words%%,*}"
	[ ! -e raw ] || fail "a file was left"
	expect 1 serve file="$image" ${base:+base="$base"} -- true
	says "${words%%,*}"
	fvd convert --to raw "$@" --accept "$words" "$image" raw >out
}

# sum_is FILE KEY NAME: a checksum from the manifest.
sum_is() {
	is "$(sha256sum <"$1" | cut -d' ' -f1)" "$(golden_value "$2" "$3")"
}
