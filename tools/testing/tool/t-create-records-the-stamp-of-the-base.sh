# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# crc32c of 16 samples, as the kernel computes it.
head -c 3000320 /dev/urandom >base
fvd create image --base base
want=$(python3 - <<'END'
data = open('base', 'rb').read()
room = (len(data) - 4096) // 512
crc = 0xffffffff
for i in range(16):
    at = (room * 512 if i == 15 else room // 16 * i * 512) // 4096 * 4096
    for byte in data[at:at + 4096]:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
print('%08x' % crc)
END
)
is "$(value base_stamp image)" "$want"
