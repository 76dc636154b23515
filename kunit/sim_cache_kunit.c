// SPDX-License-Identifier: GPL-2.0-only
/*
 * The cache model: what a read sees, what a flush saves, what is gone.
 */
#include "sim_test.h"
#include "../dm-sim/sim-cache.h"

#define BUCKETS 4	/* few, so that chains are shared */
#define VERSIONS 64

struct cache_bench {
	struct sim_cache cache;
	struct list_head buckets[BUCKETS];
	struct sim_version version[VERSIONS];
	u32 used;
	struct list_head freed;
};

static void bench_start(struct cache_bench *bench)
{
	memset(bench, 0, sizeof(*bench));
	sim_cache_init(&bench->cache, bench->buckets, BUCKETS);
	INIT_LIST_HEAD(&bench->freed);
}

static struct sim_version *bench_write(struct cache_bench *bench, u64 block,
				       u64 number)
{
	struct sim_version *version = &bench->version[bench->used++ % VERSIONS];

	version->block = block;
	version->number = number;
	sim_cache_add(&bench->cache, version);
	return version;
}

static u64 bench_newest(struct cache_bench *bench, u64 block)
{
	struct sim_version *version = sim_cache_newest(&bench->cache, block);

	return version ? version->number : 0;
}

static u64 bench_due(struct cache_bench *bench, u64 block, u64 stamp)
{
	struct sim_version *version = sim_cache_due(&bench->cache, block, stamp);

	return version ? version->number : 0;
}

static void read_sees_the_newest(struct kunit *test)
{
	static struct cache_bench bench;

	bench_start(&bench);
	KUNIT_EXPECT_EQ(test, bench_newest(&bench, 5), 0);
	bench_write(&bench, 5, 1);
	bench_write(&bench, 6, 2);
	bench_write(&bench, 5, 3);
	KUNIT_EXPECT_EQ(test, bench_newest(&bench, 5), 3);
	KUNIT_EXPECT_EQ(test, bench_newest(&bench, 6), 2);
	KUNIT_EXPECT_EQ(test, bench_newest(&bench, 5 + BUCKETS), 0);
}

/* I-CACHE-1 */
static void flush_saves_what_was_acknowledged_before(struct kunit *test)
{
	static struct cache_bench bench;

	bench_start(&bench);
	bench_write(&bench, 5, 1);
	bench_write(&bench, 5, 2);
	bench_write(&bench, 5, 3);
	KUNIT_EXPECT_EQ(test, bench_due(&bench, 5, 100), 0);
	sim_cache_complete(&bench.cache, 5, 1, 10);
	sim_cache_complete(&bench.cache, 5, 2, 20);
	KUNIT_EXPECT_EQ(test, bench_due(&bench, 5, 10), 0);
	KUNIT_EXPECT_EQ(test, bench_due(&bench, 5, 20), 1);
	KUNIT_EXPECT_EQ(test, bench_due(&bench, 5, 21), 2);
	KUNIT_EXPECT_EQ(test, bench_due(&bench, 5, U64_MAX), 3);
}

/* I-CACHE-2 */
static void durable_version_ends_older_ones(struct kunit *test)
{
	struct sim_version *second;
	static struct cache_bench bench;

	bench_start(&bench);
	bench_write(&bench, 5, 1);
	second = bench_write(&bench, 5, 2);
	bench_write(&bench, 5, 3);
	bench_write(&bench, 6, 4);
	sim_cache_settle(&bench.cache, 5, second, &bench.freed);
	KUNIT_EXPECT_EQ(test, bench.cache.versions, 2);
	KUNIT_EXPECT_EQ(test, bench_newest(&bench, 5), 3);
	KUNIT_EXPECT_EQ(test, bench_newest(&bench, 6), 4);
	KUNIT_EXPECT_FALSE(test, list_empty(&bench.freed));
	sim_cache_settle(&bench.cache, 5, NULL, &bench.freed);
	KUNIT_EXPECT_EQ(test, bench_newest(&bench, 5), 0);
	KUNIT_EXPECT_EQ(test, bench.cache.versions, 1);
}

static void pick_takes_the_oldest_of_a_block(struct kunit *test)
{
	static struct cache_bench bench;
	u64 random;

	bench_start(&bench);
	KUNIT_EXPECT_NULL(test, sim_cache_pick(&bench.cache, 3));
	bench_write(&bench, 5, 1);
	bench_write(&bench, 5, 2);
	for (random = 0; random < 2 * BUCKETS; random++)
		KUNIT_EXPECT_EQ(test, sim_cache_pick(&bench.cache, random)->number,
				1);
}

/* Random writes, completions and flushes against three arrays. */
static void random_run_agrees_with_arrays(struct kunit *test)
{
	u64 seed = sim_test_seed(test), which = 0;
	u64 newest[8] = {}, acknowledged[8] = {};
	static struct cache_bench bench;
	u64 stamp = 1;
	u32 step;

	bench_start(&bench);
	for (step = 1; step < 4000; step++) {
		u64 block = sim_test_random(seed, &which) % 8;
		struct sim_version *due;

		switch (sim_test_random(seed, &which) % 3) {
		case 0:
			/* The slot that is reused must be free. */
			if (bench.cache.versions > VERSIONS / 2)
				sim_cache_settle(&bench.cache, block, NULL,
						 &bench.freed);
			if (bench.cache.versions == 0)
				bench.used = 0;
			if (bench.used == VERSIONS)
				break;
			bench_write(&bench, block, step);
			newest[block] = step;
			break;
		case 1:
			if (!bench_newest(&bench, block))
				break;
			sim_cache_complete(&bench.cache, block, newest[block],
					   ++stamp);
			acknowledged[block] = newest[block];
			break;
		default:
			due = sim_cache_due(&bench.cache, block, stamp + 1);
			if (!due)
				break;
			KUNIT_ASSERT_EQ(test, due->number, acknowledged[block]);
			sim_cache_settle(&bench.cache, block, due, &bench.freed);
			due = sim_cache_due(&bench.cache, block, stamp + 1);
			KUNIT_ASSERT_FALSE(test, due);
			break;
		}
		if (bench_newest(&bench, block))
			KUNIT_ASSERT_EQ(test, bench_newest(&bench, block),
					newest[block]);
	}
}

static struct kunit_case sim_cache_cases[] = {
	KUNIT_CASE(read_sees_the_newest),
	KUNIT_CASE(flush_saves_what_was_acknowledged_before),
	KUNIT_CASE(durable_version_ends_older_ones),
	KUNIT_CASE(pick_takes_the_oldest_of_a_block),
	KUNIT_CASE(random_run_agrees_with_arrays),
	{}
};

static struct kunit_suite sim_cache_suite = {
	.name = "sim_cache",
	.test_cases = sim_cache_cases,
};
kunit_test_suite(sim_cache_suite);
