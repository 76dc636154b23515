// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the suites of dm-sim's layer 0 take their seed from.
 */
#include "sim_test.h"

#ifdef __KERNEL__

#include <linux/module.h>
#include <linux/random.h>

static unsigned long long seed;
module_param(seed, ullong, 0444);
MODULE_PARM_DESC(seed, "of the random tests; 0 (default): a fresh one");

static u64 sim_test_fresh_seed(void)
{
	return get_random_u64();
}

MODULE_DESCRIPTION("KUnit suites of dm-sim's pure logic");
MODULE_LICENSE("GPL");

#else

#include <stdlib.h>
#include <time.h>

static unsigned long long seed;

static u64 sim_test_fresh_seed(void)
{
	const char *text = getenv("SEED");
	struct timespec now;

	if (text && *text)
		return strtoull(text, NULL, 0);
	clock_gettime(CLOCK_REALTIME, &now);
	return (u64)now.tv_sec * 1000003 + (u64)now.tv_nsec;
}

#endif /* __KERNEL__ */

u64 sim_test_seed(struct kunit *test)
{
	while (!seed)
		seed = sim_test_fresh_seed();
	kunit_info(test, "SEED=%llu", seed);
	return seed;
}
