# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
setup_open 32M
modprobe dm-sim
truncate -s 16M sim.file
loop sim.file
dmsetup create slow --table "0 32768 sim $device 0 3 rules 1 op=read,delay=1,tag=3"
trap 'cleanup; dmsetup remove slow' EXIT
dd if=base of=/dev/mapper/slow bs=1M status=none
fvd create "$image" --base /dev/mapper/slow
fvd open disk "$image"
dmsetup create above --table "0 2048 linear /dev/mapper/disk 0"
trap 'dmsetup remove above; cleanup; dmsetup remove slow' EXIT

expect 0 fvd graph disk
says '^above (dm ' out
says '^    disk (dm .*16 MiB' out
says '^      fvd: rw, .* % local' out
says '^      errors: base 0, store 0, no space 0' out
says "^        image: ${image#/dev/} (loop " out
says '^        base: slow (dm ' out
says '^          rule: op=read,tag=3,delay=1' out
says "^            ${device#/dev/} (loop " out

expect 0 fvd graph --all --format dot
says '^digraph fvd {$' out
says '"base"' out
says 'disk (dm ' out
dot -Tplain out >plain || fail "Graphviz does not take it"
says '^edge ' plain
expect 0 fvd graph disk --format svg
python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' out ||
	fail "the drawing is no XML"
says 'class="node"' out
says '>disk' out

touch reading
while [ -e reading ]; do
	dd if=/dev/mapper/slow bs=64k count=4 iflag=direct of=/dev/null status=none
done &
expect 0 fvd graph --json --interval 1
python3 - out <<-'END' || fail "wrong JSON: $(cat out)"
	import json, sys
	graph = json.load(open(sys.argv[1]))
	index = {node["name"]: i for i, node in enumerate(graph["nodes"])}
	edges = {(edge["upper"], edge["lower"]): edge["role"] for edge in graph["edges"]}
	assert edges[index["disk"], index["slow"]] == "base"
	assert edges[index["above"], index["disk"]] is None
	assert graph["nodes"][index["disk"]]["targets"][0]["type"] == "fvd"
	assert graph["nodes"][index["slow"]]["rates"]["reads"] > 0
	assert graph["nodes"][index["above"]]["rates"]["reads"] == 0
END
rm reading
wait
expect 0 fvd graph disk --format json
python3 -c 'import json, sys; json.load(open(sys.argv[1]))["edges"][0]' out
dmsetup message slow 0 rule del all
dmsetup message slow 0 rule add op=read,sectors=2048+8,error
dd if=/dev/mapper/disk bs=4k skip=256 count=1 of=/dev/null iflag=direct 2>/dev/null &&
	fail "the base could be read"
expect 0 fvd graph disk
says '^      errors: base [1-9]' out
expect 2 fvd graph --format png
expect 5 fvd graph nowhere
