# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# Bytes, not only sectors, across blocks, chunks, and the end of the base.
golden g03-base-compact
cat >client.py <<'END'
import random, socket, struct, sys
expected = open(sys.argv[2], 'rb').read()
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
def get(n):
    data = b''
    while len(data) < n:
        part = s.recv(n - len(data))
        assert part, 'closed'
        data += part
    return data
assert get(16) == b'NBDMAGICIHAVEOPT'
get(2)
s.sendall(struct.pack('>I', 3) + b'IHAVEOPT' + struct.pack('>II', 1, 0))
size, flags = struct.unpack('>QH', get(10))
assert size == len(expected), size
assert flags & 2, 'not read-only'
assert flags & 256, 'no second connection'
random.seed(8)
edges = [0, 1536, 12288, 20480, 4193792, 4194304, 5242880, 5262848, size]
for i in range(500):
    at = min(size - 1, max(0, random.choice(edges) + random.randint(-600, 600)))
    n = random.randint(1, min(20000, size - at))
    s.sendall(struct.pack('>IHHQQI', 0x25609513, 0, 0, i, at, n))
    magic, error, handle = struct.unpack('>IIQ', get(16))
    assert (magic, error, handle) == (0x67446698, 0, i)
    assert get(n) == expected[at:at + n], (at, n)
s.sendall(struct.pack('>IHHQQI', 0x25609513, 0, 2, 0, 0, 0))
print('read')
END
serve file="$image" base="$base" -- \
	"python3 client.py \"\$unixsocket\" $expected" >got
is "$(cat got)" read
