// SPDX-License-Identifier: GPL-2.0-only
/*
 * crc32c for user space: reflected Castagnoli polynomial, a table of 256, made
 * at first use. The tools checksum megabytes, not gigabytes; short is better.
 */
#include "fvd-userspace.h"

#define CRC32C_POLYNOMIAL	0x82F63B78U

static u32 crc_table[256];

__attribute__((constructor)) static void make_table(void)
{
	unsigned int i, bit;
	u32 crc;

	for (i = 0; i < ARRAY_SIZE(crc_table); i++) {
		crc = i;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? CRC32C_POLYNOMIAL : 0);
		crc_table[i] = crc;
	}
}

u32 crc32c(u32 crc, const void *data, unsigned int len)
{
	const u8 *byte = data;

	while (len--)
		crc = crc >> 8 ^ crc_table[(crc ^ *byte++) & 0xff];
	return crc;
}
