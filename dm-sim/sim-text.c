// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text out into a bounded buffer, numbers in from hostile text.
 *
 * I-TEXT-1: nothing is ever written beyond size_bytes and the text always ends
 * in NUL, however much was added. A number is accepted only if it was read
 * without overflow. Octal is left out on purpose: a leading zero is not a base.
 */
#include "sim-text.h"

void sim_text_init(struct sim_text *text, char *buffer, size_t size_bytes)
{
	text->buffer = buffer;
	text->size_bytes = size_bytes;
	text->used_bytes = 0;
	text->truncated = false;
	buffer[0] = '\0';
}

void sim_text_add(struct sim_text *text, const char *format, ...)
{
	size_t room_bytes = text->size_bytes - text->used_bytes;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(text->buffer + text->used_bytes, room_bytes, format,
			   arguments);
	va_end(arguments);
	if (length < 0)
		return;
	if ((size_t)length >= room_bytes) {
		text->truncated = true;
		text->used_bytes = text->size_bytes - 1;
		return;
	}
	text->used_bytes += length;
}

static int sim_text_digit(char c, u32 base)
{
	int digit = -1;

	if (c >= '0' && c <= '9')
		digit = c - '0';
	else if (c >= 'a' && c <= 'f')
		digit = c - 'a' + 10;
	else if (c >= 'A' && c <= 'F')
		digit = c - 'A' + 10;
	return digit < (int)base ? digit : -1;
}

int sim_text_take_u64(const char **cursor, u64 *value)
{
	const char *at = *cursor;
	const char *first;
	u32 base = 10;
	u64 sum = 0;
	u64 ignored;

	if (at[0] == '0' && (at[1] == 'x' || at[1] == 'X')) {
		base = 16;
		at += 2;
	}
	for (first = at; sim_text_digit(*at, base) >= 0; at++) {
		u32 digit = sim_text_digit(*at, base);

		if (sum > div64_u64_rem(U64_MAX - digit, base, &ignored))
			return -ERANGE;
		sum = sum * base + digit;
	}
	if (at == first)
		return -EINVAL;
	*cursor = at;
	*value = sum;
	return 0;
}

int sim_text_to_u64(const char *word, u64 *value)
{
	const char *cursor = word;
	u64 found;
	int r = sim_text_take_u64(&cursor, &found);

	if (r)
		return r;
	if (*cursor)
		return -EINVAL;
	*value = found;
	return 0;
}

int sim_text_index(const char *word, size_t length_bytes,
		   const char *const *names, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++) {
		if (strlen(names[i]) == length_bytes &&
		    !memcmp(names[i], word, length_bytes))
			return i;
	}
	return -EINVAL;
}
