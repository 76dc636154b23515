#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""make-v1.py SEED NAME [KEY=VALUE]...: an image of version 1 of random shape.

Writes NAME.fvd, NAME.expected.raw and, if there is one, NAME.base.raw and
NAME.data; prints the shape. A small model of what the original did, its order
of records and its gaps included; it shares no code with what it tests. KEYs:
virtual, base, block, chunk (0: flat), journal, data, holes, killed, prefetched,
writes, straddle (0: no block lies in two chunks).
"""
import random
import struct
import sys

PAGE = 4096
EMPTY = 0xFFFFFFFF
HEADER = '<IIiqq1024s16sqqqiiq1024s16siqqiiiiiiiiiiiqqq2048sqqiiiii16s'
assert struct.calcsize(HEADER) == 4336


def up(number, unit):
    return (number + unit - 1) // unit * unit


def shape(rng, given):
    s = {}
    s['chunk'] = up(rng.choice([0, 4096, 7680, 15872, 20480, 65536, 65024 * 3]), PAGE)
    s['virtual'] = rng.randrange(200, 6000) * 512
    s['base'] = rng.choice([0, s['virtual'], rng.randrange(1, s['virtual'] // 512) * 512])
    s['block'] = rng.choice([512, 1024, 4096, 7680, 15872, 65024, 65536])
    s['journal'] = rng.choice([4096, 8192, 65536])
    s['data'] = rng.randrange(2)
    s['holes'] = rng.randrange(2)
    s['killed'] = rng.randrange(2)
    s['prefetched'] = rng.randrange(5) == 0
    s['writes'] = rng.randrange(40)
    s['straddle'] = rng.randrange(2)
    s.update(given)
    if s['chunk'] and s['base'] and not s['straddle']:
        s['chunk'] = up(s['chunk'], s['block'])
        while s['chunk'] % PAGE:
            s['chunk'] += s['block']
    if s['chunk'] or not s['base']:
        s['holes'] = 0
    if not s['base']:
        s['prefetched'] = 0
    return {k: int(v) for k, v in s.items()}


class Image:
    def __init__(self, rng, s):
        self.rng, self.s = rng, s
        blocks = (s['base'] + s['block'] - 1) // s['block']
        self.bits = [0] * blocks
        self.chunks = -(-s['virtual'] // s['chunk']) if s['chunk'] else 0
        self.table = [EMPTY] * self.chunks
        self.dirty = set()
        self.used = 0
        has_metadata = s['base'] or s['chunk']
        self.journal_size = s['journal'] if has_metadata else 0
        self.journal = bytearray(self.journal_size)
        self.next = 0
        self.store = bytearray(0 if s['chunk'] else s['virtual'])
        self.base = bytearray(rng.randbytes(s['base']))
        for _ in range(6 if s['base'] else 0):
            at = rng.randrange(s['base'])
            n = min(rng.randrange(1, 100000), s['base'] - at)
            self.base[at:at + n] = bytes(n)
        self.truth = bytearray(self.base) + bytearray(s['virtual'] - s['base'])
        if s['holes']:
            for b in range(blocks):
                part = self.base[b * s['block']:(b + 1) * s['block']]
                self.bits[b] = not any(part)
        self.checkpoint()

    def checkpoint(self):
        """What the original did when the journal was full, and at the end."""
        self.disk_bits = list(self.bits)
        self.disk_table = list(self.table)
        self.dirty.clear()
        self.next = 0

    def place(self, at, data):
        chunk = self.s['chunk']
        if not chunk:
            self.store[at:at + len(data)] = data
            return
        while data:
            c = at // chunk
            n = min(len(data), (c + 1) * chunk - at)
            if self.table[c] == EMPTY:
                self.table[c] = self.used
                self.used += 1
                self.dirty.add(c)
                self.store += bytes(chunk)
            where = self.table[c] * chunk + at % chunk
            self.store[where:where + n] = data[:n]
            at, data = at + n, data[n:]

    def sector(self, record):
        if self.next * 512 == self.journal_size:
            self.checkpoint()
            return
        if len(record) <= 508:
            record += bytes(4)
        record += self.rng.randbytes(512 - len(record))
        self.journal[self.next * 512:(self.next + 1) * 512] = record
        self.next += 1

    def log(self, at, n):
        """Only what the guest asked for, not what copy-on-write added."""
        chunk = self.s['chunk']
        bitmap = bool(self.bits)
        tag = struct.pack('<II', 0x3F2AB8ED, n // 512) + struct.pack('<q', at // 512)
        if not chunk:
            self.sector(tag)
            return
        first, last = at // chunk, (at + n - 1) // chunk
        step = 121 if bitmap else 125
        for c in range(first, last + 1, step):
            group = range(c, min(c + step, last + 1))
            record = struct.pack('<III', 0xB4E6F7AC, c, len(group))
            for i in group:
                mark = 0x80000000 if i in self.dirty else 0
                record += struct.pack('<I', self.table[i] | mark)
            if bitmap:
                low = max(at, c * chunk)
                high = min(at + n, group[-1] * chunk + chunk)
                record += struct.pack('<IIq', 0x3F2AB8ED, (high - low) // 512, low // 512)
            self.sector(record)
            self.dirty -= set(group)

    def write(self, at, data):
        block, base = self.s['block'], self.s['base']
        end = at + len(data)
        low, high = at, end
        is_new = False
        if at < base:
            touched = range(at // block, (min(end, base) - 1) // block + 1)
            is_new = not all(self.bits[b] for b in touched)
            if not self.bits[touched[0]]:
                low = touched[0] * block
            if end < base and not self.bits[touched[-1]]:
                high = max(end, min((touched[-1] + 1) * block, base))
            self.place(low, self.base[low:at] + data + self.base[end:high])
            for b in touched:
                self.bits[b] = 1
        else:
            self.place(at, data)
        self.truth[at:end] = data
        chunk = self.s['chunk']
        if chunk:
            asked = range(at // chunk, (end - 1) // chunk + 1)
            is_new = is_new or bool(self.dirty & set(asked))
        if is_new:
            self.log(at, len(data))

    def prefetch(self):
        block = self.s['block']
        for b, bit in enumerate(self.bits):
            if not bit:
                self.place(b * block, self.base[b * block:(b + 1) * block])
        self.bits = [1] * len(self.bits)
        self.checkpoint()

    def save(self, name):
        s = self.s
        bitmap_size = up((len(self.bits) + 7) // 8, PAGE)
        table_size = up(4 * self.chunks, PAGE)
        metadata = 8192 + bitmap_size + table_size + self.journal_size
        clean = not s['killed']
        if clean:
            self.checkpoint()
        all_data = s['prefetched'] or not s['base']
        header = struct.pack(
            HEADER, 0x5143F5A9, 1, all_data, s['virtual'], metadata,
            (name + '.base.raw').encode() if s['base'] else b'', b'', s['base'],
            8192 if s['base'] else 0, bitmap_size, s['block'] if s['base'] else 0,
            0, 2000000, (name + '.data').encode() if s['data'] else b'', b'raw',
            -1, 0, 0, 2, 1 << 20, 100, 100, 80, 5120, 5120, 10**9, 10**9, 30000,
            bool(s['chunk']), 8192 + bitmap_size if s['chunk'] else 0, s['chunk'],
            s['chunk'] * 4, b'', metadata - self.journal_size if self.journal_size else 0,
            self.journal_size, clean, s['holes'], 0, 4096, -1, b'')
        bits = bytearray(bitmap_size)
        for b, bit in enumerate(self.disk_bits):
            bits[b // 8] |= int(bit) << b % 8
        table = struct.pack('<%dI' % self.chunks, *self.disk_table)
        table += b'\xff' * (table_size - len(table))
        out = header.ljust(8192, b'\0') + bits + table + self.journal
        assert len(out) == metadata
        store = bytes(self.store)
        if s['data']:
            open(name + '.data', 'wb').write(store)
        else:
            out += store
        open(name + '.fvd', 'wb').write(out)
        open(name + '.expected.raw', 'wb').write(self.truth)
        if s['base']:
            open(name + '.base.raw', 'wb').write(self.base)


def main():
    rng = random.Random(int(sys.argv[1]))
    s = shape(rng, dict((k, int(v)) for k, v in (a.split('=') for a in sys.argv[3:])))
    print(' '.join('%s=%d' % pair for pair in s.items()))
    image = Image(rng, s)
    for i in range(s['writes']):
        sectors = s['virtual'] // 512
        at = rng.randrange(sectors)
        n = min(rng.choice([1, 1, 3, 8, 40, 300, 1500]), sectors - at)
        data = bytes(n * 512) if rng.randrange(8) == 0 else rng.randbytes(512) * n
        image.write(at * 512, data)
        if s['prefetched'] and i == s['writes'] // 2:
            image.prefetch()
    if s['prefetched'] and not s['writes']:
        image.prefetch()
    image.save(sys.argv[2])


main()
