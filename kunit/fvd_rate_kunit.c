// SPDX-License-Identifier: GPL-2.0-only
/*
 * The token bucket against the line that it must not cross.
 */
#include "fvd_test.h"
#include "../dm-fvd/fvd-rate.h"

#define SECOND	1000000000ULL
#define KIB	1024U

static void a_full_bucket_gives_one_burst_at_once(struct kunit *test)
{
	struct fvd_rate rate;
	unsigned int nr = 0;

	fvd_rate_init(&rate, 1000 * KIB);
	while (!fvd_rate_wait_ns(&rate, KIB, SECOND)) {
		fvd_rate_take(&rate, KIB, SECOND);
		nr++;
	}
	/* A tenth of a second. */
	KUNIT_EXPECT_EQ(test, nr, 100);
}

static void who_waits_as_told_may_take(struct kunit *test)
{
	struct fvd_rate rate;
	u64 now = SECOND, wait;
	unsigned int i;

	fvd_rate_init(&rate, 1000 * KIB);
	for (i = 0; i < 1000; i++) {
		wait = fvd_rate_wait_ns(&rate, 64 * KIB, now);
		if (wait > 1)
			KUNIT_EXPECT_GT(test, fvd_rate_wait_ns(&rate, 64 * KIB,
							       now + wait - 2), 0);
		now += wait;
		KUNIT_EXPECT_EQ(test, fvd_rate_wait_ns(&rate, 64 * KIB, now), 0);
		fvd_rate_take(&rate, 64 * KIB, now);
	}
	/* 64000 KiB at 1000 KiB/s, the first tenth of a second for nothing. */
	KUNIT_EXPECT_GE(test, now, SECOND + 63 * SECOND);
	KUNIT_EXPECT_LE(test, now, SECOND + 64 * SECOND);
}

static void a_request_beyond_the_burst_waits_for_a_full_bucket(struct kunit *test)
{
	struct fvd_rate rate;

	fvd_rate_init(&rate, 10 * KIB);
	KUNIT_EXPECT_EQ(test, fvd_rate_wait_ns(&rate, 100 * KIB, SECOND), 0);
	fvd_rate_take(&rate, 100 * KIB, SECOND);
	/* 10 s of debt. */
	KUNIT_EXPECT_EQ(test, fvd_rate_wait_ns(&rate, 100 * KIB, SECOND),
			10 * SECOND);
	KUNIT_EXPECT_EQ(test, fvd_rate_wait_ns(&rate, 100 * KIB, 11 * SECOND), 0);
}

static void what_is_given_back_can_be_taken_again(struct kunit *test)
{
	struct fvd_rate rate;

	fvd_rate_init(&rate, 1000 * KIB);
	fvd_rate_take(&rate, 1000 * KIB, SECOND);
	KUNIT_EXPECT_GT(test, fvd_rate_wait_ns(&rate, KIB, SECOND), 0);
	fvd_rate_refund(&rate, 1000 * KIB);
	KUNIT_EXPECT_EQ(test, fvd_rate_wait_ns(&rate, KIB, SECOND), 0);
	/* More than was taken is not more than a full bucket. */
	fvd_rate_refund(&rate, U32_MAX);
	fvd_rate_take(&rate, 1000 * KIB, SECOND);
	KUNIT_EXPECT_GT(test, fvd_rate_wait_ns(&rate, KIB, SECOND), 0);
}

static void a_new_limit_forgets_the_debt(struct kunit *test)
{
	struct fvd_rate rate;

	fvd_rate_init(&rate, 1);
	fvd_rate_take(&rate, U32_MAX, SECOND);
	KUNIT_EXPECT_GT(test, fvd_rate_wait_ns(&rate, 1, SECOND), 1000 * SECOND);
	fvd_rate_set(&rate, 1, SECOND);
	KUNIT_EXPECT_GT(test, fvd_rate_wait_ns(&rate, 1, SECOND), 1000 * SECOND);
	fvd_rate_set(&rate, 1000 * KIB, SECOND);
	KUNIT_EXPECT_LE(test, fvd_rate_wait_ns(&rate, 1, SECOND),
			FVD_RATE_BURST_NS);
}

static void no_limit_never_waits(struct kunit *test)
{
	struct fvd_rate rate;

	fvd_rate_init(&rate, FVD_RATE_UNLIMITED);
	fvd_rate_take(&rate, U32_MAX, 0);
	fvd_rate_refund(&rate, U32_MAX);
	KUNIT_EXPECT_EQ(test, fvd_rate_wait_ns(&rate, U32_MAX, 0), 0);
}

/* A rate of any size, by chance: many small ones, some huge ones. */
static u64 any_rate(struct fvd_random *random)
{
	return 1 + (fvd_random_u64(random) >> fvd_random_below(random, 64));
}

/* I-RAT-1: whoever asks before taking stays below the line. */
static void random_takers_stay_below_the_line(struct kunit *test)
{
	u64 bytes_per_s, taken = 0, start = SECOND, now = SECOND, allowed;
	struct fvd_random random;
	struct fvd_rate rate;
	unsigned int i;
	u32 nr_bytes;

	fvd_random_start(test, &random);
	bytes_per_s = 1000 + fvd_random_below(&random, 1U << 31);
	fvd_rate_init(&rate, bytes_per_s);
	for (i = 0; i < 10000; i++) {
		nr_bytes = 1 + fvd_random_below(&random, 1U << 20);
		now += fvd_random_below(&random, 50000000);
		if (fvd_rate_wait_ns(&rate, nr_bytes, now))
			continue;
		fvd_rate_take(&rate, nr_bytes, now);
		taken += nr_bytes;
		/* Below 2^32 * 500 s; in us, so that it fits. */
		allowed = div_u64((now - start + FVD_RATE_BURST_NS) / 1000 *
				  bytes_per_s, 1000000) + (1U << 20);
		KUNIT_ASSERT_LE(test, taken, allowed);
	}
}

static void no_rate_overflows(struct kunit *test)
{
	struct fvd_random random;
	struct fvd_rate rate;
	unsigned int i;
	u64 now, wait, other;

	fvd_random_start(test, &random);
	for (i = 0; i < 5000; i++) {
		now = fvd_random_u64(&random) >> (2 + fvd_random_below(&random, 60));
		fvd_rate_init(&rate, any_rate(&random));
		fvd_rate_take(&rate, fvd_random_u64(&random), now);
		fvd_rate_take(&rate, U32_MAX, now);
		wait = fvd_rate_wait_ns(&rate, U32_MAX, now);
		KUNIT_ASSERT_LE(test, wait, 1ULL << 62);
		KUNIT_ASSERT_EQ(test, fvd_rate_wait_ns(&rate, U32_MAX, now + wait),
				0);
		other = any_rate(&random);
		/* The same again changes nothing. */
		if (min_t(u64, other, 1ULL << 62) == rate.bytes_per_second)
			continue;
		fvd_rate_set(&rate, other, now);
		KUNIT_ASSERT_LE(test, fvd_rate_wait_ns(&rate, 1, now),
				FVD_RATE_BURST_NS);
	}
}

/* Nothing is lost by rounding: a million takes of 1 byte. */
static void fractions_add_up(struct kunit *test)
{
	struct fvd_rate rate;
	unsigned int i;

	fvd_rate_init(&rate, 3000000000ULL);
	for (i = 0; i < 999999; i++)
		fvd_rate_take(&rate, 1, SECOND);
	/* A third of a ms. */
	KUNIT_EXPECT_EQ(test, rate.full_ns - SECOND, 333333);
}

static struct kunit_case fvd_rate_cases[] = {
	KUNIT_CASE(a_full_bucket_gives_one_burst_at_once),
	KUNIT_CASE(who_waits_as_told_may_take),
	KUNIT_CASE(a_request_beyond_the_burst_waits_for_a_full_bucket),
	KUNIT_CASE(what_is_given_back_can_be_taken_again),
	KUNIT_CASE(a_new_limit_forgets_the_debt),
	KUNIT_CASE(no_limit_never_waits),
	FVD_CASE(random_takers_stay_below_the_line, "I-RAT-1"),
	FVD_CASE(no_rate_overflows, "I-RAT-2"),
	KUNIT_CASE(fractions_add_up),
	{}
};

static struct kunit_suite fvd_rate_suite = {
	.name = "fvd_rate",
	.test_cases = fvd_rate_cases,
};

kunit_test_suite(fvd_rate_suite);
