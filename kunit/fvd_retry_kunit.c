// SPDX-License-Identifier: GPL-2.0-only
/*
 * Failing ranges of the base, against a disk of which some sectors are bad.
 */
#include "fvd_test.h"
#include "../dm-fvd/fvd-retry.h"

#define MS	1000000ULL

struct fixture {
	struct fvd_settings settings;
	struct fvd_retry retry;
};

static struct fixture *new_fixture(struct kunit *test)
{
	struct fixture *f = fvd_test_zalloc(test, sizeof(*f));

	fvd_settings_init(&f->settings);
	fvd_retry_init(&f->retry, 8, 1);
	return f;
}

/* I-RTY-1 */
static void expect_order(struct kunit *test, const struct fvd_retry *retry)
{
	unsigned int i;

	KUNIT_ASSERT_LE(test, retry->nr_ranges, FVD_RETRY_MAX_RANGES);
	for (i = 0; i < retry->nr_ranges; i++) {
		KUNIT_ASSERT_LT(test, retry->ranges[i].first_sector,
				retry->ranges[i].end_sector);
		if (i)
			KUNIT_ASSERT_LE(test, retry->ranges[i - 1].end_sector,
					retry->ranges[i].first_sector);
	}
}

static void first_error_and_recovery_are_news(struct kunit *test)
{
	struct fixture *f = new_fixture(test);

	KUNIT_EXPECT_EQ(test, fvd_retry_succeeded(&f->retry, 0, 8),
			FVD_RETRY_NOTHING_NEW);
	KUNIT_EXPECT_EQ(test, fvd_retry_failed(&f->retry, &f->settings, 100, 10,
					       -EIO, 0), FVD_RETRY_FIRST_ERROR);
	KUNIT_EXPECT_EQ(test, fvd_retry_failed(&f->retry, &f->settings, 500, 10,
					       -EIO, 0), FVD_RETRY_NOTHING_NEW);
	KUNIT_EXPECT_EQ(test, fvd_retry_succeeded(&f->retry, 100, 10),
			FVD_RETRY_NOTHING_NEW);
	KUNIT_EXPECT_EQ(test, fvd_retry_forget(&f->retry, 500, 10),
			FVD_RETRY_RECOVERED);
	KUNIT_EXPECT_EQ(test, f->retry.nr_errors, 2);
	KUNIT_EXPECT_EQ(test, f->retry.nr_recoveries, 2);
}

static void a_failed_range_waits_and_the_others_do_not(struct kunit *test)
{
	struct fixture *f = new_fixture(test);
	const struct fvd_retry_range *range = &f->retry.ranges[0];

	fvd_retry_failed(&f->retry, &f->settings, 100, 40, -EIO, MS);
	KUNIT_EXPECT_EQ(test, fvd_retry_usable_sectors(&f->retry, 0, 500, MS), 100);
	KUNIT_EXPECT_EQ(test, fvd_retry_usable_sectors(&f->retry, 120, 8, MS), 0);
	KUNIT_EXPECT_EQ(test, fvd_retry_usable_sectors(&f->retry, 140, 8, MS), 8);
	KUNIT_EXPECT_EQ(test, fvd_retry_skip(&f->retry, 120, MS), 140);
	KUNIT_EXPECT_EQ(test, fvd_retry_skip(&f->retry, 10, MS), 10);
	/* Half of 100 ms to one and a half. */
	KUNIT_EXPECT_GE(test, range->next_try_ns, MS + 50 * MS);
	KUNIT_EXPECT_LE(test, range->next_try_ns, MS + 151 * MS);
	KUNIT_EXPECT_EQ(test, fvd_retry_next_ns(&f->retry), range->next_try_ns);
	/* Its time has come: half of it. */
	KUNIT_EXPECT_EQ(test, fvd_retry_usable_sectors(&f->retry, 100, 500,
						       range->next_try_ns), 24);
	KUNIT_EXPECT_EQ(test, fvd_retry_skip(&f->retry, 120, range->next_try_ns),
			120);
}

static void delays_double_up_to_the_longest(struct kunit *test)
{
	struct fixture *f = new_fixture(test);
	u64 delay, expected = 100 * MS;
	u32 i;

	for (i = 1; i < 40; i++) {
		delay = fvd_retry_delay_ns(&f->settings, &f->retry.jitter, i);
		KUNIT_EXPECT_GE(test, delay, expected / 2 - 1);
		KUNIT_EXPECT_LE(test, delay, expected + expected / 2);
		expected = min(2 * expected, 30000 * MS);
	}
	f->settings.base_retry_longest_ms = 1;
	delay = fvd_retry_delay_ns(&f->settings, &f->retry.jitter, U32_MAX);
	KUNIT_EXPECT_LE(test, delay, 2 * MS);
}

static void two_devices_do_not_retry_in_step(struct kunit *test)
{
	struct fixture *f = new_fixture(test);
	struct fvd_jitter a = { 1 }, b = { 2 };
	u32 i, equal = 0;

	for (i = 0; i < 100; i++)
		equal += fvd_retry_delay_ns(&f->settings, &a, 3) ==
			fvd_retry_delay_ns(&f->settings, &b, 3);
	KUNIT_EXPECT_LE(test, equal, 3);
}

static void a_range_is_given_up_after_the_limit(struct kunit *test)
{
	struct fixture *f = new_fixture(test);
	enum fvd_retry_news news = FVD_RETRY_NOTHING_NEW;
	u32 i;

	f->settings.base_retry_limit = 5;
	for (i = 1; i <= 5; i++) {
		KUNIT_EXPECT_NE(test, news, FVD_RETRY_GAVE_UP);
		news = fvd_retry_failed(&f->retry, &f->settings, 8, 8, -EIO, i);
	}
	KUNIT_EXPECT_EQ(test, news, FVD_RETRY_GAVE_UP);
	KUNIT_EXPECT_EQ(test, fvd_retry_nr_given_up(&f->retry), 1);
	KUNIT_EXPECT_EQ(test, fvd_retry_next_ns(&f->retry), FVD_RETRY_NEVER_NS);
	KUNIT_EXPECT_EQ(test, fvd_retry_usable_sectors(&f->retry, 8, 8, 1ULL << 61),
			0);
	fvd_retry_reset(&f->retry, 7);
	KUNIT_EXPECT_EQ(test, fvd_retry_nr_given_up(&f->retry), 0);
	KUNIT_EXPECT_EQ(test, fvd_retry_usable_sectors(&f->retry, 8, 8, 7), 8);
}

/* A limit of one, and one bad unit in a large request: nothing else is given up. */
static void a_range_is_halved_before_it_is_given_up(struct kunit *test)
{
	struct fixture *f = new_fixture(test);
	u64 now = 0, sector, nr;
	u32 news = 0, rounds;

	fvd_retry_init(&f->retry, 64, 1);
	f->settings.base_retry_limit = 1;
	fvd_retry_failed(&f->retry, &f->settings, 0, 2048, -EIO, now);
	for (rounds = 0; rounds < 500; rounds++) {
		now += 50 * MS;
		KUNIT_ASSERT_GE(test, f->retry.nr_ranges, 1);
		sector = f->retry.ranges[rounds % f->retry.nr_ranges].first_sector;
		if (fvd_retry_skip(&f->retry, sector, now) != sector)
			continue;
		nr = fvd_retry_usable_sectors(&f->retry, sector, 2048 - sector,
					      now);
		KUNIT_ASSERT_GE(test, nr, 64);
		if (sector <= 700 && 700 < sector + nr)
			news += fvd_retry_failed(&f->retry, &f->settings, sector,
						 nr, -EIO, now) ==
				FVD_RETRY_GAVE_UP;
		else
			fvd_retry_succeeded(&f->retry, sector, nr);
	}
	KUNIT_EXPECT_EQ(test, news, 1);
	KUNIT_ASSERT_EQ(test, f->retry.nr_ranges, 1);
	KUNIT_EXPECT_EQ(test, f->retry.ranges[0].first_sector, 640);
	KUNIT_EXPECT_EQ(test, f->retry.ranges[0].end_sector, 704);
	/* A guest that fails at it again is no news. */
	KUNIT_EXPECT_EQ(test, fvd_retry_failed(&f->retry, &f->settings, 640, 64,
					       -EIO, now), FVD_RETRY_NOTHING_NEW);
	KUNIT_EXPECT_EQ(test, fvd_retry_nr_given_up(&f->retry), 1);
}

static void several_failures_in_a_row_mean_that_the_base_is_away(struct kunit *test)
{
	struct fixture *f = new_fixture(test);

	fvd_retry_failed(&f->retry, &f->settings, 0, 8, -EIO, MS);
	fvd_retry_failed(&f->retry, &f->settings, 80, 8, -EIO, MS);
	KUNIT_EXPECT_FALSE(test, fvd_retry_is_away(&f->retry));
	KUNIT_EXPECT_EQ(test, fvd_retry_away_ns(&f->retry, MS), 0);
	fvd_retry_failed(&f->retry, &f->settings, 160, 8, -EIO, MS);
	KUNIT_EXPECT_TRUE(test, fvd_retry_is_away(&f->retry));
	KUNIT_EXPECT_GE(test, fvd_retry_away_ns(&f->retry, MS), 50 * MS);
	KUNIT_EXPECT_LE(test, fvd_retry_away_ns(&f->retry, MS), 151 * MS);
	/* The guest's write says nothing about the base, a read does. */
	fvd_retry_forget(&f->retry, 80, 8);
	KUNIT_EXPECT_TRUE(test, fvd_retry_is_away(&f->retry));
	fvd_retry_succeeded(&f->retry, 4000, 8);
	KUNIT_EXPECT_FALSE(test, fvd_retry_is_away(&f->retry));
	KUNIT_EXPECT_EQ(test, fvd_retry_away_ns(&f->retry, MS), 0);
}

static void guest_io_waits_as_its_policy_says(struct kunit *test)
{
	struct fixture *f = new_fixture(test);
	struct fvd_jitter *jitter = &f->retry.jitter;
	const struct fvd_settings *s = &f->settings;

	KUNIT_EXPECT_EQ(test, fvd_retry_io_delay_ns(s, FVD_BASE_FAIL, jitter, 1, 0),
			0);
	KUNIT_EXPECT_GT(test, fvd_retry_io_delay_ns(s, FVD_BASE_RETRY, jitter, 63,
						    1ULL << 60), 0);
	KUNIT_EXPECT_EQ(test, fvd_retry_io_delay_ns(s, FVD_BASE_RETRY, jitter, 64,
						    0), 0);
	KUNIT_EXPECT_GT(test, fvd_retry_io_delay_ns(s, FVD_BASE_QUEUE, jitter,
						    1000000, 299999 * MS), 0);
	/* Not beyond the end. */
	KUNIT_EXPECT_LE(test, fvd_retry_io_delay_ns(s, FVD_BASE_QUEUE, jitter, 100,
						    299999 * MS), MS);
	KUNIT_EXPECT_EQ(test, fvd_retry_io_delay_ns(s, FVD_BASE_QUEUE, jitter, 1,
						    300000 * MS), 0);
}

static void policies_have_names(struct kunit *test)
{
	int i;

	for (i = 0; i < FVD_BASE_NR_POLICIES; i++)
		KUNIT_EXPECT_EQ(test,
				fvd_base_policy_parse(fvd_base_policy_name(i)), i);
	KUNIT_EXPECT_EQ(test, fvd_base_policy_parse("never"), -EINVAL);
	KUNIT_EXPECT_STREQ(test, fvd_base_policy_name(77), "?");
}

/* Prefetch over a disk with bad sectors: at the end only they are left. */
static void halving_leaves_nothing_but_bad_sectors(struct kunit *test)
{
	enum { SECTORS = 4096, BAD = 1000 };
	struct fixture *f = new_fixture(test);
	u64 now = 0, sector = 0, nr;
	bool *done = fvd_test_zalloc(test, SECTORS);
	unsigned int i, rounds, left = 0;

	f->settings.base_retry_limit = 0;
	for (rounds = 0; rounds < 3000; rounds++) {
		now += 50 * MS;
		sector = rounds % 7 ? sector : 0;
		sector = fvd_retry_skip(&f->retry, sector, now);
		while (sector < SECTORS && done[sector])
			sector++;
		if (sector >= SECTORS) {
			sector = 0;
			continue;
		}
		nr = fvd_retry_usable_sectors(&f->retry, sector,
					      min_t(u64, 512, SECTORS - sector), now);
		if (!nr || fvd_retry_away_ns(&f->retry, now))
			continue;
		if (sector <= BAD && sector + nr > BAD) {
			fvd_retry_failed(&f->retry, &f->settings, sector, nr, -EIO,
					 now);
		} else {
			fvd_retry_succeeded(&f->retry, sector, nr);
			memset(done + sector, true, nr);
		}
		expect_order(test, &f->retry);
		sector += nr;
	}
	for (i = 0; i < SECTORS; i++)
		left += !done[i];
	KUNIT_EXPECT_LE(test, left, FVD_RETRY_MIN_SECTORS);
	KUNIT_EXPECT_FALSE(test, done[BAD]);
	KUNIT_EXPECT_EQ(test, f->retry.nr_ranges, 1);
}

/* I-RTY-2, with a model: a bit for each sector that failed. */
static void random_results_forget_no_failed_sector(struct kunit *test)
{
	enum { SECTORS = 20000 };
	struct fixture *f = new_fixture(test);
	bool *bad = fvd_test_zalloc(test, SECTORS);
	struct fvd_random random;
	u64 sector, nr;
	unsigned int i, round, at;

	fvd_random_start(test, &random);
	for (round = 0; round < 3000; round++) {
		sector = fvd_random_below(&random, SECTORS - 200);
		nr = 1 + fvd_random_below(&random, 200);
		if (fvd_random_chance(&random, 3)) {
			fvd_retry_succeeded(&f->retry, sector, nr);
			memset(bad + sector, false, nr);
		} else {
			fvd_retry_failed(&f->retry, &f->settings, sector, nr, -EIO,
					 round * MS);
			memset(bad + sector, true, nr);
		}
		expect_order(test, &f->retry);
		if (round % 50)
			continue;
		for (i = 0, at = 0; i < SECTORS; i++) {
			while (at < f->retry.nr_ranges &&
			       f->retry.ranges[at].end_sector <= i)
				at++;
			if (bad[i])
				KUNIT_ASSERT_TRUE(test, at < f->retry.nr_ranges &&
						  f->retry.ranges[at].first_sector <= i);
		}
	}
}

static struct kunit_case fvd_retry_cases[] = {
	KUNIT_CASE(first_error_and_recovery_are_news),
	KUNIT_CASE(a_failed_range_waits_and_the_others_do_not),
	KUNIT_CASE(delays_double_up_to_the_longest),
	KUNIT_CASE(two_devices_do_not_retry_in_step),
	KUNIT_CASE(a_range_is_given_up_after_the_limit),
	KUNIT_CASE(a_range_is_halved_before_it_is_given_up),
	KUNIT_CASE(several_failures_in_a_row_mean_that_the_base_is_away),
	KUNIT_CASE(guest_io_waits_as_its_policy_says),
	KUNIT_CASE(policies_have_names),
	KUNIT_CASE(halving_leaves_nothing_but_bad_sectors),
	FVD_CASE(random_results_forget_no_failed_sector, "I-RTY-1 I-RTY-2"),
	{}
};

static struct kunit_suite fvd_retry_suite = {
	.name = "fvd_retry",
	.test_cases = fvd_retry_cases,
};

kunit_test_suite(fvd_retry_suite);
