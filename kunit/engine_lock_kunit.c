// SPDX-License-Identifier: GPL-2.0-only
/*
 * Held block ranges (fvd-lock.c), against a model that has a holder for each
 * block. In the kernel only, for its trees and lists.
 */
#include "fvd_test.h"

#include "../dm-fvd/fvd-lock.c"

/* More than slots, so that two blocks share one. */
#define NR_BLOCKS	300U
#define NR_LOCKS	100U

struct fixture {
	struct fvd_locks locks;
	struct fvd_lock lock[NR_LOCKS];
	bool held[NR_LOCKS];
	struct fvd_lock *holder[NR_BLOCKS];
	struct fvd_random random;
};

static struct fixture *new_fixture(struct kunit *test)
{
	struct fixture *f = fvd_test_zalloc(test, sizeof(*f));

	fvd_random_start(test, &f->random);
	fvd_locks_init(&f->locks);
	return f;
}

static struct fvd_lock *model_conflict(const struct fixture *f, unsigned int first,
				       unsigned int last)
{
	for (; first <= last && first < NR_BLOCKS; first++)
		if (f->holder[first])
			return f->holder[first];
	return NULL;
}

static struct fvd_lock *model_below(const struct fixture *f, unsigned int block)
{
	/* One that reaches up to @block, or beyond it, is none below. */
	while (block--)
		if (f->holder[block] && f->holder[block]->last == block)
			return f->holder[block];
	return NULL;
}

static void fill_model(struct fixture *f, const struct fvd_lock *lock,
		       struct fvd_lock *holder)
{
	u64 block;

	for (block = lock->first; block <= lock->last; block++)
		f->holder[block] = holder;
}

/* Hold a range of a few blocks, often of one, if it is free. */
static void hold_some(struct kunit *test, struct fixture *f, unsigned int i)
{
	unsigned int nr = fvd_random_chance(&f->random, 3) ?
		1 + fvd_random_below(&f->random, 90) : 1;
	unsigned int first = fvd_random_below(&f->random, NR_BLOCKS - nr + 1);
	unsigned int last = first + nr - 1;
	struct fvd_lock *conflict = model_conflict(f, first, last);

	KUNIT_ASSERT_PTR_EQ(test, fvd_lock_conflict(&f->locks, first, last),
			    conflict);
	KUNIT_ASSERT_EQ(test, fvd_lock_is_free(&f->locks, first),
			!f->holder[first]);
	if (conflict)
		return;
	if (nr == 1 && fvd_random_chance(&f->random, 2))
		fvd_lock_hold_block(&f->locks, &f->lock[i], first);
	else
		fvd_lock_hold(&f->locks, &f->lock[i], first, last);
	fill_model(f, &f->lock[i], &f->lock[i]);
	f->held[i] = true;
}

static void drop(struct fixture *f, unsigned int i)
{
	fvd_lock_drop(&f->locks, &f->lock[i]);
	fill_model(f, &f->lock[i], NULL);
	f->held[i] = false;
}

static void expect_same(struct kunit *test, const struct fixture *f)
{
	unsigned int block;

	for (block = 0; block < NR_BLOCKS; block++) {
		KUNIT_ASSERT_PTR_EQ(test,
				    fvd_lock_conflict(&f->locks, block, block),
				    f->holder[block]);
		KUNIT_ASSERT_PTR_EQ(test, fvd_lock_next(&f->locks, block),
				    model_conflict(f, block, NR_BLOCKS));
		KUNIT_ASSERT_PTR_EQ(test, fvd_lock_below(&f->locks, block),
				    model_below(f, block));
	}
}

static void holders_are_found_as_in_a_model(struct kunit *test)
{
	struct fixture *f = new_fixture(test);
	unsigned int round, i;

	for (round = 0; round < 20000; round++) {
		i = fvd_random_below(&f->random, NR_LOCKS);
		if (f->held[i])
			drop(f, i);
		else
			hold_some(test, f, i);
		if (!(round % 100))
			expect_same(test, f);
	}
}

static void released_waiters_keep_their_order(struct kunit *test)
{
	struct fixture *f = new_fixture(test);
	struct list_head waiter[3];
	LIST_HEAD(released);
	unsigned int i, nr;

	for (nr = 1; nr <= 2; nr++) {
		fvd_lock_hold(&f->locks, &f->lock[0], 7, 6 + nr);
		for (i = 0; i < 3; i++)
			list_add_tail(&waiter[i], &f->lock[0].waiters);
		fvd_lock_release(&f->locks, &f->lock[0], &released);
		KUNIT_EXPECT_TRUE(test, list_empty(&f->lock[0].waiters));
		KUNIT_EXPECT_TRUE(test, fvd_lock_is_free(&f->locks, 7));
		for (i = 0; i < 3; i++) {
			KUNIT_ASSERT_PTR_EQ(test, released.next, &waiter[i]);
			list_del(&waiter[i]);
		}
	}
}

static struct kunit_case engine_lock_cases[] = {
	FVD_CASE(holders_are_found_as_in_a_model, "I-LCK-1 I-LCK-3"),
	FVD_CASE(released_waiters_keep_their_order, "I-LCK-2"),
	{ }
};

static struct kunit_suite engine_lock_suite = {
	.name = "engine_lock",
	.test_cases = engine_lock_cases,
};

kunit_test_suites(&engine_lock_suite);
