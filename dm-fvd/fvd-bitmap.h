/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bit arrays in disk order: little-endian 64-bit words, LSB first, which is
 * the same as bytes with LSB first. What is in memory can so be written to the
 * disk, and be tested, without conversion.
 *
 * Readers need no lock: words are read and written whole. Writers exclude one
 * another by a lock of the owner's.
 */
#ifndef FVD_BITMAP_H
#define FVD_BITMAP_H

#include "fvd-portability.h"

/** fvd_bitmap_words() - 64-bit words that hold @nr_bits. */
static inline u64 fvd_bitmap_words(u64 nr_bits)
{
	return (nr_bits >> 6) + ((nr_bits & 63) != 0);
}

/** fvd_bitmap_test() - one bit; no bounds check. */
static inline bool fvd_bitmap_test(const __le64 *words, u64 bit)
{
	return le64_to_cpu(READ_ONCE(words[bit >> 6])) >> (bit & 63) & 1;
}

/** fvd_bitmap_has_zero() - is one of [@first, @last], in one word, 0? */
static inline bool fvd_bitmap_has_zero(const __le64 *words, u64 first, u64 last)
{
	u64 zeros = ~le64_to_cpu(READ_ONCE(words[first >> 6]));

	/* Those below first fall out on the right, those above last on the left. */
	return zeros >> (first & 63) << (63 - (last - first));
}

/** fvd_bitmap_eight_zeros() - have eight words no bit that is 1? */
static inline bool fvd_bitmap_eight_zeros(const __le64 *words)
{
	return !(READ_ONCE(words[0]) | READ_ONCE(words[1]) |
		 READ_ONCE(words[2]) | READ_ONCE(words[3]) |
		 READ_ONCE(words[4]) | READ_ONCE(words[5]) |
		 READ_ONCE(words[6]) | READ_ONCE(words[7]));
}

/** fvd_bitmap_eight_ones() - have eight words no bit that is 0? */
static inline bool fvd_bitmap_eight_ones(const __le64 *words)
{
	return !~(READ_ONCE(words[0]) & READ_ONCE(words[1]) &
		  READ_ONCE(words[2]) & READ_ONCE(words[3]) &
		  READ_ONCE(words[4]) & READ_ONCE(words[5]) &
		  READ_ONCE(words[6]) & READ_ONCE(words[7]));
}

/** fvd_bitmap_set() - make one bit 1. Returns: was it 0? */
static inline bool fvd_bitmap_set(__le64 *words, u64 bit)
{
	u64 word = le64_to_cpu(words[bit >> 6]);

	if (word >> (bit & 63) & 1)
		return false;
	word |= 1ULL << (bit & 63);
	WRITE_ONCE(words[bit >> 6], cpu_to_le64(word));
	return true;
}

/** fvd_bitmap_clear() - make one bit 0. */
static inline void fvd_bitmap_clear(__le64 *words, u64 bit)
{
	__le64 *word = &words[bit >> 6];

	WRITE_ONCE(*word, *word & ~cpu_to_le64(1ULL << (bit & 63)));
}

/**
 * fvd_bitmap_find() - the first bit in [@start, @end) that is @value.
 * @words: the bitmap
 * @start: first bit to look at
 * @end: first bit not to look at
 * @value: what to look for
 *
 * Returns: its index, or @end if there is none.
 */
u64 fvd_bitmap_find(const __le64 *words, u64 start, u64 end, bool value);

/**
 * fvd_bitmap_skip_alike() - step over words that are all alike, many at a time.
 * @words: the bitmap, which nobody changes meanwhile
 * @index: first word to look at
 * @end: first word not to look at
 * @value: the value of all bits of what is stepped over
 *
 * For whole bitmaps that were just read: half the instructions of
 * fvd_bitmap_find(), whose loads have to be ordered and whole for its callers.
 *
 * Returns: the first word that was not stepped over: it or one of the fifteen
 * behind it has another bit, or less than sixteen are left.
 */
u64 fvd_bitmap_skip_alike(const __le64 *words, u64 index, u64 end, bool value);

/** fvd_bitmap_fill() - make all of [@start, @end) @value. */
void fvd_bitmap_fill(__le64 *words, u64 start, u64 end, bool value);

/** fvd_bitmap_count() - how many bits of [@start, @end) are 1. */
u64 fvd_bitmap_count(const __le64 *words, u64 start, u64 end);

/** fvd_bitmap_all_set() - are all bits of [@start, @end) 1? */
static inline bool fvd_bitmap_all_set(const __le64 *words, u64 start, u64 end)
{
	/* The common request touches one block. */
	if (likely(end - start == 1))
		return fvd_bitmap_test(words, start);
	return fvd_bitmap_find(words, start, end, false) == end;
}

#endif /* FVD_BITMAP_H */
