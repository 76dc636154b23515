// SPDX-License-Identifier: GPL-2.0-only
/*
 * UTF-8 without control characters, in place.
 *
 * Left out on purpose: characters that look like others, or change the direction
 * of writing. They can mislead a reader, but not a terminal.
 */
#include "fvd-clean.h"
#include "fvd-portability.h"

/* Of the character at @at; 0 if that is no UTF-8. */
static unsigned int utf8_bytes(const u8 *at)
{
	unsigned int i, nr;

	if (at[0] < 0x80)
		return 1;
	if (at[0] < 0xc2 || at[0] > 0xf4)
		return 0;
	nr = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
	/* The end of the text is no continuation either. */
	for (i = 1; i < nr; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	/* Longer than needed, a surrogate, or behind the last character. */
	if ((at[0] == 0xe0 && at[1] < 0xa0) ||
	    (at[0] == 0xed && at[1] >= 0xa0) ||
	    (at[0] == 0xf0 && at[1] < 0x90) ||
	    (at[0] == 0xf4 && at[1] >= 0x90))
		return 0;
	return nr;
}

static bool is_c0(const u8 *at)
{
	return at[0] < 0x20;
}

/* DEL, and C1 in UTF-8: some terminals obey these, too. */
static bool is_high_control(const u8 *at)
{
	return at[0] == 0x7f || (at[0] == 0xc2 && at[1] < 0xa0);
}

static void clean(char *text, bool may_have_c0)
{
	u8 *at = (u8 *)text;
	unsigned int nr;

	for (; *at; at += nr ?: 1) {
		nr = utf8_bytes(at);
		if (!nr || is_high_control(at) || (is_c0(at) && !may_have_c0))
			memset(at, '?', nr ?: 1);
	}
}

void fvd_clean_line(char *text)
{
	clean(text, false);
}

void fvd_clean_json(char *text)
{
	clean(text, true);
}
