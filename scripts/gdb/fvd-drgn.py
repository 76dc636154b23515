#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""fvd-drgn.py CORE MODULE.ko ADDRESS: the open images of a core, and their bios under way.

An example of dm-fvd's data in drgn, and a start for own questions: python3 -i gives a
prompt afterwards, with prog and images(). CORE is what QEMU's "dump-guest-memory -p"
wrote, MODULE.ko the dm-fvd.ko of that kernel, ADDRESS that of $fvd_images as
module-symbols tells it. Needs no symbols of the kernel, and nothing in the guest.
"""
import struct
import sys

from drgn import Architecture, Object, Platform, Program
from drgn.helpers.linux.list import list_for_each_entry

OPS = {0: "read", 1: "write", 2: "flush", 3: "discard", 9: "zeroes"}
PT_LOAD = 1
PN_XNUM = 0xffff  # more than that: in the first section header


def add_segments(prog, path):
    """The core has the pages by their virtual addresses; drgn's own way wants vmcoreinfo."""
    core = open(path, "rb")  # as long as prog is used
    head = core.read(64)
    table, sections = struct.unpack_from("<QQ", head, 32)
    size, number = struct.unpack_from("<HH", head, 54)
    if number == PN_XNUM:
        core.seek(sections + 44)
        (number,) = struct.unpack("<I", core.read(4))
    for i in range(number):
        core.seek(table + i * size)
        kind, _, offset, address, _, nr_bytes = struct.unpack("<IIQQQQ", core.read(40))
        if kind != PT_LOAD or not nr_bytes:
            continue

        def read(_address, count, at, _physical, start=offset):
            core.seek(start + at)
            return core.read(count)

        prog.add_memory_segment(address, nr_bytes, read, False)


def word(value, enum, prefix):
    names = {item.value: item.name for item in prog.type("enum " + enum).enumerators}
    return names[int(value)][len(prefix):].lower()


def images():
    head = Object(prog, "struct list_head", address=int(sys.argv[3], 0))
    return list_for_each_entry("struct fvd_image", head.address_of_(), "list")


prog = Program(Platform(Architecture.X86_64))
prog.load_debug_info([sys.argv[2]])
add_segments(prog, sys.argv[1])
for image in images():
    print("image", image.name.string_().decode(), word(image.mode, "fvd_mode", "FVD_MODE_"))
    print("number op sector sectors stage")
    for io in list_for_each_entry("struct fvd_io", image.watch.ios.address_of_(), "watch.list"):
        op = OPS.get(int(io.bio.bi_opf) & 0xff, "?") if io.nr_sectors else "flush"
        print(int(io.watch.number), op, int(io.sector), int(io.nr_sectors),
              word(io.watch.stage, "fvd_stage", "FVD_STAGE_"))
