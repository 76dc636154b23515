// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bit arrays in disk order.
 *
 * Invariant: I-BMP-1  No function touches a bit outside [start, end).
 * Locking: see the header. Left out on purpose: atomic read-modify-write; the
 * owner's lock serialises writers, readers take whole words.
 */
#include "fvd-bitmap.h"

/* The bits of word @index that lie in [start, end): I-BMP-1. */
static u64 word_mask(u64 index, u64 start, u64 end)
{
	u64 mask = U64_MAX;

	if (index == start >> 6)
		mask &= U64_MAX << (start & 63);
	if (index == end >> 6)
		mask &= (1ULL << (end & 63)) - 1;
	return mask;
}

/* The bits of [start, end), which lies in one word: the common case. */
static u64 one_word_mask(u64 start, u64 end)
{
	return U64_MAX >> (64 - (end - start)) << (start & 63);
}

/* The first word from @index on that has not all bits @value, or one of its eight. */
static u64 skip_words(const __le64 *words, u64 index, u64 end, bool value)
{
	if (value)
		while (index + 8 <= end && fvd_bitmap_eight_ones(words + index))
			index += 8;
	else
		while (index + 8 <= end && fvd_bitmap_eight_zeros(words + index))
			index += 8;
	return index;
}

u64 fvd_bitmap_find(const __le64 *words, u64 start, u64 end, bool value)
{
	const u64 without = value ? 0 : U64_MAX;
	u64 index, last, word;

	if (start >= end)
		return end;
	last = (end - 1) >> 6;
	for (index = start >> 6; index <= last; index++) {
		word = le64_to_cpu(READ_ONCE(words[index])) ^ without;
		if (!word) {
			index = skip_words(words, index + 1, last, !value) - 1;
			continue;
		}
		word &= word_mask(index, start, end);
		if (word)
			return (index << 6) + __ffs64(word);
	}
	return end;
}

/* Byte order does not matter to "all zero" and "all ones". */
static u64 or_of_sixteen(const u64 *word)
{
	return word[0] | word[1] | word[2] | word[3] |
		word[4] | word[5] | word[6] | word[7] |
		word[8] | word[9] | word[10] | word[11] |
		word[12] | word[13] | word[14] | word[15];
}

static u64 and_of_sixteen(const u64 *word)
{
	return word[0] & word[1] & word[2] & word[3] &
		word[4] & word[5] & word[6] & word[7] &
		word[8] & word[9] & word[10] & word[11] &
		word[12] & word[13] & word[14] & word[15];
}

u64 fvd_bitmap_skip_alike(const __le64 *words, u64 index, u64 end, bool value)
{
	const u64 *plain = (__force const u64 *)words;

	if (value)
		while (index + 16 <= end && !~and_of_sixteen(plain + index))
			index += 16;
	else
		while (index + 16 <= end && !or_of_sixteen(plain + index))
			index += 16;
	return index;
}

void fvd_bitmap_fill(__le64 *words, u64 start, u64 end, bool value)
{
	u64 index, word, mask;

	if (start >= end)
		return;
	if (start >> 6 == (end - 1) >> 6) {
		mask = one_word_mask(start, end);
		word = le64_to_cpu(words[start >> 6]);
		word = value ? word | mask : word & ~mask;
		WRITE_ONCE(words[start >> 6], cpu_to_le64(word));
		return;
	}
	for (index = start >> 6; index <= (end - 1) >> 6; index++) {
		mask = word_mask(index, start, end);
		word = le64_to_cpu(words[index]);
		word = value ? word | mask : word & ~mask;
		WRITE_ONCE(words[index], cpu_to_le64(word));
	}
}

u64 fvd_bitmap_count(const __le64 *words, u64 start, u64 end)
{
	u64 index, last, count = 0;
	__le64 word;

	if (start >= end)
		return 0;
	if (start >> 6 == (end - 1) >> 6)
		return hweight64(le64_to_cpu(READ_ONCE(words[start >> 6])) &
				 one_word_mask(start, end));
	last = (end - 1) >> 6;
	for (index = start >> 6; index <= last; index++) {
		word = READ_ONCE(words[index]);
		if (!word) { /* most of a large, new disk */
			index = skip_words(words, index + 1, last, false) - 1;
			continue;
		}
		count += hweight64(le64_to_cpu(word) &
				   word_mask(index, start, end));
	}
	return count;
}
