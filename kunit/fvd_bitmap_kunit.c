// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bit arrays against an array of bools.
 */
#include "fvd_test.h"
#include "../dm-fvd/fvd-bitmap.h"

#define NR_BITS	200		/* three whole words and a part */
#define NR_WORDS 4

struct pair {
	__le64 words[NR_WORDS];
	bool model[NR_WORDS * 64];
};

static struct pair *random_pair(struct kunit *test, struct fvd_random *random)
{
	struct pair *pair = fvd_test_zalloc(test, sizeof(*pair));
	unsigned int i;

	for (i = 0; i < NR_WORDS; i++)
		pair->words[i] = cpu_to_le64(fvd_random_u64(random));
	for (i = 0; i < NR_WORDS * 64; i++)
		pair->model[i] = ((u8 *)pair->words)[i / 8] >> (i % 8) & 1;
	return pair;
}

/* All bits, those outside of any range in use included. */
static void expect_same(struct kunit *test, const struct pair *pair)
{
	unsigned int i;

	for (i = 0; i < NR_WORDS * 64; i++)
		KUNIT_ASSERT_EQ_MSG(test, fvd_bitmap_test(pair->words, i),
				    pair->model[i], "bit %u", i);
}

static u64 model_find(const struct pair *pair, u64 start, u64 end, bool value)
{
	for (; start < end; start++)
		if (pair->model[start] == value)
			return start;
	return end;
}

static u64 model_count(const struct pair *pair, u64 start, u64 end)
{
	u64 count = 0;

	for (; start < end; start++)
		count += pair->model[start];
	return count;
}

static void words_hold_all_bits(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, fvd_bitmap_words(0), 0);
	KUNIT_EXPECT_EQ(test, fvd_bitmap_words(1), 1);
	KUNIT_EXPECT_EQ(test, fvd_bitmap_words(63), 1);
	KUNIT_EXPECT_EQ(test, fvd_bitmap_words(64), 1);
	KUNIT_EXPECT_EQ(test, fvd_bitmap_words(65), 2);
	KUNIT_EXPECT_EQ(test, fvd_bitmap_words(U64_MAX), 1ULL << 58);
}

static void bit_n_is_bit_n_mod_8_of_byte_n_div_8(struct kunit *test)
{
	__le64 words[2] = { 0 };
	const u8 *bytes = (const u8 *)words;

	fvd_bitmap_fill(words, 0, 1, true);
	fvd_bitmap_fill(words, 9, 10, true);
	fvd_bitmap_fill(words, 127, 128, true);
	KUNIT_EXPECT_EQ(test, bytes[0], 0x01);
	KUNIT_EXPECT_EQ(test, bytes[1], 0x02);
	KUNIT_EXPECT_EQ(test, bytes[15], 0x80);
}

static void zeros_are_noticed_from_first_to_last_only(struct kunit *test)
{
	struct fvd_random random;
	struct pair *pair;
	u64 first, last, bit;

	fvd_random_start(test, &random);
	pair = random_pair(test, &random);
	for (first = 64; first < 128; first++)
		for (last = first; last < 128; last++) {
			bit = model_find(pair, first, last + 1, false);
			KUNIT_ASSERT_EQ(test, bit <= last,
					fvd_bitmap_has_zero(pair->words, first,
							    last));
		}
}

/* I-BMP-1: exactly [start, end), at all places around word edges. */
static void fill_changes_the_range_and_nothing_else(struct kunit *test)
{
	struct fvd_random random;
	struct pair *pair;
	unsigned int start, end, i;

	fvd_random_start(test, &random);
	pair = random_pair(test, &random);
	for (start = 0; start <= 130; start++) {
		for (end = start; end <= 130; end++) {
			bool value = fvd_random_chance(&random, 2);

			fvd_bitmap_fill(pair->words, start, end, value);
			for (i = start; i < end; i++)
				pair->model[i] = value;
		}
		expect_same(test, pair);
	}
}

static void find_finds_the_first(struct kunit *test)
{
	struct fvd_random random;
	struct pair *pair;
	unsigned int round, start, end;
	bool value;

	fvd_random_start(test, &random);
	pair = random_pair(test, &random);
	for (round = 0; round < 3000; round++) {
		/* Long runs, so that the search goes over whole words. */
		start = fvd_random_below(&random, NR_BITS);
		end = start + fvd_random_below(&random, NR_BITS + 1 - start);
		value = fvd_random_chance(&random, 2);
		fvd_bitmap_fill(pair->words, start, end, value);
		for (; start < end; start++)
			pair->model[start] = value;
		start = fvd_random_below(&random, NR_BITS);
		end = fvd_random_below(&random, NR_BITS + 1);
		value = fvd_random_chance(&random, 2);
		KUNIT_ASSERT_EQ_MSG(test,
				    fvd_bitmap_find(pair->words, start, end, value),
				    model_find(pair, start, end, value),
				    "find %d in [%u, %u)", value, start, end);
	}
}

static void find_sees_a_single_bit_at_every_place(struct kunit *test)
{
	__le64 words[NR_WORDS] = { 0 };
	unsigned int bit;

	for (bit = 0; bit < NR_BITS; bit++) {
		fvd_bitmap_fill(words, bit, bit + 1, true);
		KUNIT_ASSERT_EQ(test, fvd_bitmap_find(words, 0, NR_BITS, true), bit);
		KUNIT_ASSERT_EQ(test, fvd_bitmap_find(words, bit, bit + 1, true), bit);
		KUNIT_ASSERT_EQ(test, fvd_bitmap_find(words, 0, bit, true), bit);
		KUNIT_ASSERT_EQ(test,
				fvd_bitmap_find(words, bit + 1, NR_BITS, true),
				(u64)NR_BITS);
		fvd_bitmap_fill(words, bit, bit + 1, false);
	}
}

/* Enough words that eight at a time are skipped, from any of them on. */
#define NR_MANY_WORDS 28U

static void one_bit_in_a_long_stretch_is_not_skipped(struct kunit *test)
{
	const u64 nr_bits = NR_MANY_WORDS * 64 - 5;
	__le64 *words = fvd_test_zalloc(test, NR_MANY_WORDS * sizeof(*words));
	unsigned int value;
	u64 bit, start;

	for (value = 0; value < 2; value++) {
		fvd_bitmap_fill(words, 0, NR_MANY_WORDS * 64, !value);
		for (bit = 0; bit < nr_bits; bit += 1 + (bit & 15)) {
			fvd_bitmap_fill(words, bit, bit + 1, value);
			for (start = 0; start <= bit; start += 37)
				KUNIT_ASSERT_EQ(test,
						fvd_bitmap_find(words, start,
								nr_bits, value),
						bit);
			KUNIT_ASSERT_EQ(test, fvd_bitmap_find(words, bit + 1,
							      nr_bits, value),
					nr_bits);
			KUNIT_ASSERT_EQ(test, fvd_bitmap_count(words, 0, nr_bits),
					value ? 1 : nr_bits - 1);
			KUNIT_ASSERT_EQ(test, fvd_bitmap_count(words, 0, bit),
					value ? 0 : bit);
			fvd_bitmap_fill(words, bit, bit + 1, !value);
		}
		KUNIT_ASSERT_EQ(test, fvd_bitmap_find(words, 3, nr_bits, value),
				nr_bits);
	}
}

static void eight_words_are_alike_if_each_is(struct kunit *test)
{
	__le64 words[8] = { 0 };
	unsigned int at;

	KUNIT_EXPECT_TRUE(test, fvd_bitmap_eight_zeros(words));
	KUNIT_EXPECT_FALSE(test, fvd_bitmap_eight_ones(words));
	for (at = 0; at < 8; at++) {
		words[at] = cpu_to_le64(1ULL << (at * 9));
		KUNIT_EXPECT_FALSE(test, fvd_bitmap_eight_zeros(words));
		words[at] = 0;
	}
	memset(words, 0xff, sizeof(words));
	KUNIT_EXPECT_TRUE(test, fvd_bitmap_eight_ones(words));
	KUNIT_EXPECT_FALSE(test, fvd_bitmap_eight_zeros(words));
	for (at = 0; at < 8; at++) {
		words[at] = cpu_to_le64(~(1ULL << (at * 9)));
		KUNIT_EXPECT_FALSE(test, fvd_bitmap_eight_ones(words));
		words[at] = cpu_to_le64(U64_MAX);
	}
}

/* What is stepped over is alike; and it stops near what is not, or near the end. */
static void skip_stops_in_front_of_the_first_other_bit(struct kunit *test)
{
	__le64 *words = fvd_test_zalloc(test, 4 * NR_MANY_WORDS * sizeof(*words));
	u64 nr_words = 4 * NR_MANY_WORDS, bit, start, at;
	unsigned int value;

	for (value = 0; value < 2; value++) {
		fvd_bitmap_fill(words, 0, nr_words * 64, value);
		KUNIT_ASSERT_EQ(test, fvd_bitmap_skip_alike(words, 3, 3 + 15, value), 3);
		KUNIT_ASSERT_EQ(test, fvd_bitmap_skip_alike(words, 3, 3 + 16, value), 19);
		KUNIT_ASSERT_EQ(test, fvd_bitmap_skip_alike(words, 3, 3 + 47, value), 35);
		KUNIT_ASSERT_EQ(test, fvd_bitmap_skip_alike(words, 0, 96, !value), 0);
		for (bit = 0; bit < nr_words * 64; bit += 1 + (bit & 31)) {
			fvd_bitmap_fill(words, bit, bit + 1, !value);
			for (start = 0; start <= bit / 64; start += 5) {
				at = fvd_bitmap_skip_alike(words, start, nr_words,
							   value);
				KUNIT_ASSERT_LE(test, at, bit / 64);
				KUNIT_ASSERT_TRUE(test, at + 16 > bit / 64 ||
						  at + 16 > nr_words);
			}
			fvd_bitmap_fill(words, bit, bit + 1, value);
		}
	}
}

/* @change is told a bit, changes it, and the model beside it. */
static void change_bits(struct kunit *test,
			void (*change)(struct kunit *, struct pair *, u32 bit))
{
	struct fvd_random random;
	unsigned int round;
	struct pair *pair;

	fvd_random_start(test, &random);
	pair = random_pair(test, &random);
	for (round = 0; round < 500; round++) {
		change(test, pair, fvd_random_below(&random, NR_WORDS * 64));
		expect_same(test, pair);
	}
}

static void set_one(struct kunit *test, struct pair *pair, u32 bit)
{
	KUNIT_ASSERT_EQ(test, fvd_bitmap_set(pair->words, bit),
			!pair->model[bit]);
	pair->model[bit] = true;
}

static void set_tells_whether_it_changed_the_bit(struct kunit *test)
{
	change_bits(test, set_one);
}

static void clear_one(struct kunit *test, struct pair *pair, u32 bit)
{
	fvd_bitmap_clear(pair->words, bit);
	pair->model[bit] = false;
}

static void clear_clears_one_bit(struct kunit *test)
{
	change_bits(test, clear_one);
}

static void count_counts_the_range_only(struct kunit *test)
{
	struct fvd_random random;
	struct pair *pair;
	unsigned int start, end;

	fvd_random_start(test, &random);
	pair = random_pair(test, &random);
	for (start = 0; start <= 130; start++)
		for (end = start; end <= 130; end++)
			KUNIT_ASSERT_EQ_MSG(test,
					    fvd_bitmap_count(pair->words, start, end),
					    model_count(pair, start, end),
					    "[%u, %u)", start, end);
}

static void all_set_is_true_for_full_ranges_only(struct kunit *test)
{
	__le64 words[NR_WORDS] = { 0 };

	fvd_bitmap_fill(words, 10, 140, true);
	KUNIT_EXPECT_TRUE(test, fvd_bitmap_all_set(words, 10, 140));
	KUNIT_EXPECT_TRUE(test, fvd_bitmap_all_set(words, 63, 64));
	KUNIT_EXPECT_FALSE(test, fvd_bitmap_all_set(words, 9, 10));
	KUNIT_EXPECT_FALSE(test, fvd_bitmap_all_set(words, 9, 140));
	KUNIT_EXPECT_FALSE(test, fvd_bitmap_all_set(words, 10, 141));
}

static void empty_range_does_nothing(struct kunit *test)
{
	struct fvd_random random;
	struct pair *pair;

	fvd_random_start(test, &random);
	pair = random_pair(test, &random);
	fvd_bitmap_fill(pair->words, 64, 64, true);
	fvd_bitmap_fill(pair->words, 100, 70, true);
	fvd_bitmap_fill(pair->words, 0, 0, false);
	expect_same(test, pair);
	KUNIT_EXPECT_EQ(test, fvd_bitmap_count(pair->words, 64, 64), 0);
	KUNIT_EXPECT_EQ(test, fvd_bitmap_count(pair->words, 100, 70), 0);
	KUNIT_EXPECT_EQ(test, fvd_bitmap_find(pair->words, 70, 70, true), 70);
	KUNIT_EXPECT_TRUE(test, fvd_bitmap_all_set(pair->words, 64, 64));
}

static struct kunit_case fvd_bitmap_cases[] = {
	KUNIT_CASE(words_hold_all_bits),
	KUNIT_CASE(bit_n_is_bit_n_mod_8_of_byte_n_div_8),
	KUNIT_CASE(zeros_are_noticed_from_first_to_last_only),
	FVD_CASE(fill_changes_the_range_and_nothing_else, "I-BMP-1"),
	KUNIT_CASE(find_finds_the_first),
	KUNIT_CASE(find_sees_a_single_bit_at_every_place),
	KUNIT_CASE(one_bit_in_a_long_stretch_is_not_skipped),
	KUNIT_CASE(eight_words_are_alike_if_each_is),
	KUNIT_CASE(skip_stops_in_front_of_the_first_other_bit),
	KUNIT_CASE(set_tells_whether_it_changed_the_bit),
	KUNIT_CASE(clear_clears_one_bit),
	KUNIT_CASE(count_counts_the_range_only),
	KUNIT_CASE(all_set_is_true_for_full_ranges_only),
	KUNIT_CASE(empty_range_does_nothing),
	{}
};

static struct kunit_suite fvd_bitmap_suite = {
	.name = "fvd_bitmap",
	.test_cases = fvd_bitmap_cases,
};

kunit_test_suite(fvd_bitmap_suite);
