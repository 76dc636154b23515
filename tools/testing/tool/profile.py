#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""profile.py IMAGE FILE [OFFSET+BYTES@MS]...: an exported profile of IMAGE's
base, made from the description of the format and not by the code under test.
"""
import json
import os
import struct
import subprocess
import sys

TABLE = []
for i in range(256):
    for _ in range(8):
        i = (i >> 1) ^ (0x82F63B78 if i & 1 else 0)
    TABLE.append(i)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 255] ^ (crc >> 8)
    return crc


def main():
    image, path, words = sys.argv[1], sys.argv[2], sys.argv[3:]
    info = json.loads(subprocess.check_output([os.environ["FVD"], "info", "--json", image]))
    entries = []
    for word in words:
        place, ms = word.split("@")
        offset, length = place.split("+")
        entries.append((int(offset) // 4096, int(length) // 4096, int(ms)))
    stamp = struct.pack("<I", int(info["base_stamp"], 16)) + bytes(28)
    body = struct.pack("<IIIIIQII32sQI36x", 1, 128, 16, len(entries), 4096,
                       info["base_size_bytes"], 1, 0, stamp, sum(e[1] for e in entries),
                       entries[-1][2] if entries else 0)
    body += b"".join(struct.pack("<QII", *entry) for entry in entries)
    with open(path, "wb") as file:
        file.write(b"FVDPROF1" + struct.pack("<I", crc32c(body)) + body)


main()
