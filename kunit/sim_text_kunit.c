// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bounded text and numbers.
 */
#include "sim_test.h"

/* I-TEXT-1 */
static void text_never_exceeds_its_buffer(struct kunit *test)
{
	char buffer[8] = "1234567";
	struct sim_text text;

	sim_text_init(&text, buffer, 5);
	sim_text_add(&text, "ab");
	KUNIT_EXPECT_FALSE(test, text.truncated);
	sim_text_add(&text, "%s", "cdefgh");
	KUNIT_EXPECT_TRUE(test, text.truncated);
	sim_text_add(&text, "more");
	KUNIT_EXPECT_STREQ(test, buffer, "abcd");
	KUNIT_EXPECT_EQ(test, text.used_bytes, 4);
	KUNIT_EXPECT_EQ(test, buffer[5], '6');
}

static void text_of_one_byte_is_empty(struct kunit *test)
{
	char buffer[1];
	struct sim_text text;

	sim_text_init(&text, buffer, 1);
	sim_text_add(&text, "%d", 17);
	KUNIT_EXPECT_STREQ(test, buffer, "");
	KUNIT_EXPECT_TRUE(test, text.truncated);
}

static const struct {
	const char *word;
	int result;
	u64 value;
} numbers[] = {
	{ "0", 0, 0 },
	{ "007", 0, 7 },
	{ "0x1F", 0, 31 },
	{ "18446744073709551615", 0, U64_MAX },
	{ "0xffffffffffffffff", 0, U64_MAX },
	{ "18446744073709551616", -ERANGE, 0 },
	{ "99999999999999999999999", -ERANGE, 0 },
	{ "0x10000000000000000", -ERANGE, 0 },
	{ "", -EINVAL, 0 },
	{ "0x", -EINVAL, 0 },
	{ "-1", -EINVAL, 0 },
	{ "1k", -EINVAL, 0 },
	{ " 1", -EINVAL, 0 },
};

static void numbers_are_read_whole_or_refused(struct kunit *test)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		u64 value = 0;

		KUNIT_EXPECT_EQ_MSG(test, sim_text_to_u64(numbers[i].word, &value),
				    numbers[i].result, "%s", numbers[i].word);
		KUNIT_EXPECT_EQ_MSG(test, value, numbers[i].value, "%s",
				    numbers[i].word);
	}
}

static void cursor_stays_on_what_is_no_number(struct kunit *test)
{
	const char *word = "x1";
	const char *cursor = word;
	u64 value;

	KUNIT_EXPECT_EQ(test, sim_text_take_u64(&cursor, &value), -EINVAL);
	KUNIT_EXPECT_PTR_EQ(test, cursor, word);
}

/* I-RND-1 */
static void random_depends_on_each_argument(struct kunit *test)
{
	u64 number = sim_random(1, SIM_STREAM_CUT, 2, 3);

	KUNIT_EXPECT_EQ(test, number, sim_random(1, SIM_STREAM_CUT, 2, 3));
	KUNIT_EXPECT_NE(test, number, sim_random(2, SIM_STREAM_CUT, 2, 3));
	KUNIT_EXPECT_NE(test, number, sim_random(1, SIM_STREAM_RULE, 2, 3));
	KUNIT_EXPECT_NE(test, number, sim_random(1, SIM_STREAM_CUT, 3, 3));
	KUNIT_EXPECT_NE(test, number, sim_random(1, SIM_STREAM_CUT, 2, 2));
}

static void random_coin_is_fair(struct kunit *test)
{
	u64 seed = sim_test_seed(test);
	u32 heads = 0;
	u32 i;

	for (i = 0; i < 10000; i++)
		heads += sim_random(seed, SIM_STREAM_CUT, i / 8, i % 8) & 1;
	/* Ten standard deviations: never by chance. */
	KUNIT_EXPECT_GT(test, heads, 4500);
	KUNIT_EXPECT_LT(test, heads, 5500);
	KUNIT_EXPECT_EQ(test, sim_random_below(U64_MAX, 0), 0);
}

static struct kunit_case sim_text_cases[] = {
	KUNIT_CASE(text_never_exceeds_its_buffer),
	KUNIT_CASE(text_of_one_byte_is_empty),
	KUNIT_CASE(numbers_are_read_whole_or_refused),
	KUNIT_CASE(cursor_stays_on_what_is_no_number),
	KUNIT_CASE(random_depends_on_each_argument),
	KUNIT_CASE(random_coin_is_fair),
	{}
};

static struct kunit_suite sim_text_suite = {
	.name = "sim_text",
	.test_cases = sim_text_cases,
};
kunit_test_suite(sim_text_suite);
