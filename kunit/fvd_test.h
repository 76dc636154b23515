/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the suites of dm-fvd's layer 0 share.
 *
 * Each suite is a plain KUnit suite. It is compiled into fvd_kunit.ko, and,
 * with tools/testing/unit/kunit/test.h in KUnit's place, into a program that
 * runs under ASan and UBSan. So a suite uses nothing of the kernel beyond
 * KUnit and fvd-portability.h.
 */
#ifndef FVD_TEST_H
#define FVD_TEST_H

#include <kunit/test.h>

#include "../dm-fvd/fvd-format.h"
#include "../dm-fvd/fvd-layout.h"

/**
 * FVD_CASE() - a case that watches over invariants of design.rst.
 * @function: as of KUNIT_CASE()
 * @ids: of the invariants, as a string; a part of the case's name
 */
#define FVD_CASE(function, ids)						\
	{ .run_case = function, .name = #function " (" ids ")",		\
	  .module_name = KBUILD_MODNAME }

/**
 * struct fvd_random - a generator of repeatable random numbers.
 * @state: a counter; splitmix64 makes the numbers from it
 */
struct fvd_random {
	u64 state;
};

/**
 * fvd_random_start() - start from the seed of this run, and print it.
 * @test: the case
 * @random: the generator
 *
 * The seed is SEED of the environment, the module's parameter "seed", or a
 * fresh one.
 */
void fvd_random_start(struct kunit *test, struct fvd_random *random);

/** fvd_random_u64() - any number. */
u64 fvd_random_u64(struct fvd_random *random);

/** fvd_random_below() - a number below @limit, which is 1 to 2^32. */
u64 fvd_random_below(struct fvd_random *random, u64 limit);

/** fvd_random_chance() - true once in @n times. */
static inline bool fvd_random_chance(struct fvd_random *random, u64 n)
{
	return !fvd_random_below(random, n);
}

/** fvd_test_zalloc() - zeroed memory until the end of the case, never NULL. */
void *fvd_test_zalloc(struct kunit *test, size_t nr_bytes);

/**
 * fvd_test_superblock() - a valid superblock, every field with a value.
 * @test: the case
 * @features: FVD_INCOMPAT_*
 */
struct fvd_superblock *fvd_test_superblock(struct kunit *test, u64 features);

#endif /* FVD_TEST_H */
