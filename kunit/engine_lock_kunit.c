// SPDX-License-Identifier: GPL-2.0-only
/*
 * Held ranges (fvd-lock.c) against an array. In the kernel only.
 */
#include "fvd_test.h"

#include "../dm-fvd/fvd-lock.c"

#define NR_BLOCKS	200
#define NR_LOCKS	24

/**
 * struct fixture - locks, and what must be true of them.
 * @tree: the thing under test
 * @locks: those that are held, and others
 * @held: which
 * @holder: model, by block: the lock's number, or -1
 * @waiters: of each lock, who waits for it
 */
struct fixture {
	struct fvd_lock_tree tree;
	struct fvd_lock locks[NR_LOCKS];
	bool held[NR_LOCKS];
	int holder[NR_BLOCKS];
	struct list_head waiters[NR_LOCKS];
};

static struct fixture *new_fixture(struct kunit *test)
{
	struct fixture *f = fvd_test_zalloc(test, sizeof(*f));

	memset(f->holder, 0xff, sizeof(f->holder));
	f->tree.root = RB_ROOT;
	return f;
}

/* The model's: the first block of [first, last] that is held, or NULL. */
static struct fvd_lock *model_conflict(struct fixture *f, u64 first, u64 last)
{
	for (; first <= last; first++)
		if (f->holder[first] >= 0)
			return &f->locks[f->holder[first]];
	return NULL;
}

static struct fvd_lock *model_below(struct fixture *f, u64 block)
{
	while (block-- > 0)
		if (f->holder[block] >= 0)
			return &f->locks[f->holder[block]];
	return NULL;
}

static void expect_disjoint(struct kunit *test, struct fixture *f)
{
	struct rb_node *node;
	u64 free_from = 0;

	for (node = rb_first(&f->tree.root); node; node = rb_next(node)) {
		KUNIT_ASSERT_GE(test, to_lock(node)->first, free_from);
		KUNIT_ASSERT_GE(test, to_lock(node)->last, to_lock(node)->first);
		free_from = to_lock(node)->last + 1;
	}
}

/* Somebody comes for [first, last]: holds it, or waits for who does. */
static void come(struct kunit *test, struct fixture *f, unsigned int which,
		 u64 first, u64 last)
{
	struct fvd_lock *conflict = fvd_lock_conflict(&f->tree, first, last);

	KUNIT_ASSERT_PTR_EQ(test, conflict, model_conflict(f, first, last));
	if (conflict) {
		KUNIT_ASSERT_LE(test, conflict->first, last);
		KUNIT_ASSERT_GE(test, conflict->last, first);
		if (list_empty(&conflict->waiters))
			list_add_tail(&f->waiters[conflict - f->locks],
				      &conflict->waiters);
		return;
	}
	fvd_lock_hold(&f->tree, &f->locks[which], first, last);
	f->held[which] = true;
	for (; first <= last; first++)
		f->holder[first] = which;
}

static void leave(struct kunit *test, struct fixture *f, unsigned int which)
{
	struct fvd_lock *lock = &f->locks[which];
	bool waited = !list_empty(&lock->waiters);
	LIST_HEAD(waiters);
	u64 block;

	if (waited)
		fvd_lock_release(&f->tree, lock, &waiters);
	else
		fvd_lock_drop(&f->tree, lock);
	KUNIT_ASSERT_EQ(test, list_is_singular(&waiters), waited);
	if (waited)
		KUNIT_ASSERT_PTR_EQ(test, waiters.next, &f->waiters[which]);
	f->held[which] = false;
	for (block = lock->first; block <= lock->last; block++)
		f->holder[block] = -1;
}

static void random_holders_agree_with_the_model(struct kunit *test)
{
	struct fixture *f = new_fixture(test);
	struct fvd_random random;
	unsigned int i, which;
	u64 first;

	fvd_random_start(test, &random);
	for (i = 0; i < 20000; i++) {
		which = fvd_random_below(&random, NR_LOCKS);
		first = fvd_random_below(&random, NR_BLOCKS);
		if (f->held[which])
			leave(test, f, which);
		else
			come(test, f, which, first,
			     min_t(u64, NR_BLOCKS - 1,
				   first + fvd_random_below(&random, 20)));
		expect_disjoint(test, f);
		first = fvd_random_below(&random, NR_BLOCKS);
		if (f->holder[first] < 0)
			KUNIT_ASSERT_PTR_EQ(test, fvd_lock_below(&f->tree, first),
					    model_below(f, first));
	}
}

static struct kunit_case engine_lock_cases[] = {
	FVD_CASE(random_holders_agree_with_the_model, "I-LCK-1 I-LCK-2"),
	{ }
};

static struct kunit_suite engine_lock_suite = {
	.name = "engine_lock",
	.test_cases = engine_lock_cases,
};

kunit_test_suites(&engine_lock_suite);
