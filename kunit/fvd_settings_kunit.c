// SPDX-License-Identifier: GPL-2.0-only
/*
 * Settings: ranges, texts, what is refused.
 */
#include "fvd_test.h"
#include "../dm-fvd/fvd-settings.h"

static void defaults_are_in_range(struct kunit *test)
{
	struct fvd_settings settings;
	unsigned int i;
	s64 value;

	fvd_settings_init(&settings);
	KUNIT_EXPECT_TRUE(test, settings.discard);
	KUNIT_EXPECT_FALSE(test, settings.copy_on_read);
	for (i = 0; i < fvd_nr_tunables; i++) {
		value = fvd_tunable_get(&fvd_tunables[i], &settings);
		KUNIT_EXPECT_EQ(test, value, fvd_tunables[i].initial);
		KUNIT_EXPECT_GE(test, value, fvd_tunables[i].min);
		KUNIT_EXPECT_LE(test, value, fvd_tunables[i].max);
	}
}

/* Each has its own word: setting one changes no other. */
static void numbers_do_not_overlap(struct kunit *test)
{
	struct fvd_settings settings;
	unsigned int i, other;

	for (i = 0; i < fvd_nr_tunables; i++) {
		fvd_settings_init(&settings);
		fvd_tunable_put(&fvd_tunables[i], &settings, fvd_tunables[i].max);
		KUNIT_EXPECT_EQ(test, fvd_tunable_get(&fvd_tunables[i], &settings),
				fvd_tunables[i].max);
		for (other = 0; other < fvd_nr_tunables; other++)
			if (other != i)
				KUNIT_EXPECT_EQ(test,
						fvd_tunable_get(&fvd_tunables[other],
								&settings),
						fvd_tunables[other].initial);
	}
}

static void the_borders_are_accepted_and_what_is_beyond_is_not(struct kunit *test)
{
	struct fvd_settings settings;
	const struct fvd_tunable *t;
	unsigned int i;
	char text[32];

	fvd_settings_init(&settings);
	for (i = 0; i < fvd_nr_tunables; i++) {
		t = &fvd_tunables[i];
		snprintf(text, sizeof(text), "%lld", (long long)t->min);
		KUNIT_EXPECT_EQ(test, fvd_tunable_set(&settings, t->name, text), 0);
		KUNIT_EXPECT_EQ(test, fvd_tunable_get(t, &settings), t->min);
		snprintf(text, sizeof(text), "%lld", (long long)t->max);
		KUNIT_EXPECT_EQ(test, fvd_tunable_set(&settings, t->name, text), 0);
		snprintf(text, sizeof(text), "%lld", (long long)t->max + 1);
		KUNIT_EXPECT_EQ(test, fvd_tunable_set(&settings, t->name, text),
				-ERANGE);
		snprintf(text, sizeof(text), "%lld", (long long)t->min - 1);
		KUNIT_EXPECT_EQ(test, fvd_tunable_set(&settings, t->name, text),
				-ERANGE);
		/* What was refused changed nothing. */
		KUNIT_EXPECT_EQ(test, fvd_tunable_get(t, &settings), t->max);
	}
}

static void texts_that_are_no_number_are_refused(struct kunit *test)
{
	static const char * const texts[] = {
		"", "-", "--1", "+1", " 1", "1 ", "1.5", "0x10", "1e3", "10M", "-1-",
	};
	struct fvd_settings settings;
	unsigned int i;

	fvd_settings_init(&settings);
	for (i = 0; i < ARRAY_SIZE(texts); i++)
		KUNIT_EXPECT_EQ_MSG(test, fvd_tunable_set(&settings,
							  "prefetch_start_delay_s",
							  texts[i]), -EINVAL,
				    "\"%s\"", texts[i]);
	KUNIT_EXPECT_EQ(test, fvd_tunable_set(&settings, "prefetch_start_delay_s",
					      "99999999999999999999999999999"),
			-ERANGE);
	KUNIT_EXPECT_EQ(test, fvd_tunable_set(&settings, "prefetch_start_delay_s",
					      "-99999999999999999999999999999"),
			-ERANGE);
	KUNIT_EXPECT_EQ(test, fvd_tunable_set(&settings, "prefetch_slot_bytes",
					      "70000"), -ERANGE);
}

static void names_are_found_in_upper_case_and_nothing_else_is(struct kunit *test)
{
	KUNIT_EXPECT_NOT_NULL(test, fvd_tunable_find("PREFETCH_SLOTS"));
	KUNIT_EXPECT_NULL(test, fvd_tunable_find("prefetch_slot"));
	KUNIT_EXPECT_NULL(test, fvd_tunable_find("prefetch_slots_"));
	KUNIT_EXPECT_NULL(test, fvd_tunable_find(""));
}

static void a_refusal_tells_the_range_and_what_was_found(struct kunit *test)
{
	char text[160];

	fvd_tunable_describe("prefetch_max_read_kib_per_s", "0", text, sizeof(text));
	KUNIT_EXPECT_STREQ(test, text,
			   "prefetch_max_read_kib_per_s must be a number from 64 to 1000000000, found \"0\"");
	fvd_tunable_describe("nonsense", "1", text, sizeof(text));
	KUNIT_EXPECT_STREQ(test, text, "unknown setting \"nonsense\"");
}

/* I-SET-1: values of a superblock may be anything. */
static void values_from_elsewhere_are_moved_into_the_range(struct kunit *test)
{
	struct fvd_settings settings;
	struct fvd_random random;
	const struct fvd_tunable *t;
	unsigned int i;
	s64 value;

	fvd_random_start(test, &random);
	for (i = 0; i < 2000; i++) {
		t = &fvd_tunables[fvd_random_below(&random, fvd_nr_tunables)];
		value = fvd_random_u64(&random) >> fvd_random_below(&random, 64);
		fvd_tunable_put(t, &settings, value);
		value = fvd_tunable_get(t, &settings);
		KUNIT_ASSERT_GE(test, value, t->min);
		KUNIT_ASSERT_LE(test, value, t->max);
		if (t->power_of_two)
			KUNIT_ASSERT_TRUE(test, is_power_of_2(value));
	}
}

static struct kunit_case fvd_settings_cases[] = {
	KUNIT_CASE(defaults_are_in_range),
	KUNIT_CASE(numbers_do_not_overlap),
	FVD_CASE(the_borders_are_accepted_and_what_is_beyond_is_not, "I-SET-1"),
	KUNIT_CASE(texts_that_are_no_number_are_refused),
	KUNIT_CASE(names_are_found_in_upper_case_and_nothing_else_is),
	KUNIT_CASE(a_refusal_tells_the_range_and_what_was_found),
	FVD_CASE(values_from_elsewhere_are_moved_into_the_range, "I-SET-1"),
	{}
};

static struct kunit_suite fvd_settings_suite = {
	.name = "fvd_settings",
	.test_cases = fvd_settings_cases,
};

kunit_test_suite(fvd_settings_suite);
