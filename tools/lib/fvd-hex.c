// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bytes as hex digits.
 */
#include "fvd-hex.h"

void fvd_hex_print(FILE *out, const void *bytes, size_t nr)
{
	const u8 *byte = bytes;

	while (nr--)
		fprintf(out, "%02x", *byte++);
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool fvd_hex_byte(const char *text, u8 *byte)
{
	int high = digit(text[0]);
	int low = high < 0 ? -1 : digit(text[1]);

	if (low < 0)
		return false;
	*byte = high << 4 | low;
	return true;
}

bool fvd_hex_parse(const char *text, u8 *bytes, size_t max, size_t *nr)
{
	for (*nr = 0; *text; (*nr)++) {
		if (*nr == max || !fvd_hex_byte(text, &bytes[*nr]))
			return false;
		text += 2;
	}
	return true;
}
