// SPDX-License-Identifier: GPL-2.0-only
/*
 * Held block ranges.
 *
 * Invariants:
 *   I-LCK-1  Held ranges are disjoint.
 *   I-LCK-2  Everybody in a waiters list overlaps that holder's range, or did
 *            when it came.
 *   I-LCK-3  A range is in the list of its slot if it is of one block, else in
 *            the tree.
 *
 * Locking: the owner's spinlock. Left out on purpose: shared holders. Readers
 * never need a lock to be right; they wait only where waiting saves a fetch.
 */
#include <linux/bug.h>

#include "fvd-lock.h"

static struct fvd_lock *to_lock(struct rb_node *node)
{
	return rb_entry(node, struct fvd_lock, node);
}

void fvd_locks_init(struct fvd_locks *locks)
{
	unsigned int slot;

	locks->root = RB_ROOT;
	for (slot = 0; slot < FVD_LOCK_SLOTS; slot++)
		INIT_HLIST_HEAD(&locks->singles[slot]);
}

static struct fvd_lock *range_conflict(const struct fvd_locks *locks, u64 first,
				       u64 last)
{
	struct rb_node *node = locks->root.rb_node;
	struct fvd_lock *lock, *found = NULL;

	while (node) {
		lock = to_lock(node);
		if (lock->last < first) {
			node = node->rb_right;
		} else {
			if (lock->first <= last)
				found = lock;
			node = node->rb_left;
		}
	}
	return found;
}

/* The lowest single block that is held in [first, last]. */
static struct fvd_lock *single_conflict(const struct fvd_locks *locks, u64 first,
					u64 last)
{
	u64 nr_slots = min_t(u64, last - first, FVD_LOCK_SLOTS - 1) + 1;
	struct fvd_lock *lock, *found = NULL;
	u64 i;

	for (i = 0; i < nr_slots; i++)
		hlist_for_each_entry(lock, &locks->singles[fvd_lock_slot(first + i)],
				     single)
			if (lock->first >= first && lock->first <= last &&
			    (!found || lock->first < found->first))
				found = lock;
	return found;
}

static struct fvd_lock *lower(struct fvd_lock *one, struct fvd_lock *other)
{
	if (one && other)
		return one->first < other->first ? one : other;
	return one ?: other;
}

/* Who waits, waits for what this returned: I-LCK-2. */
struct fvd_lock *fvd_lock_conflict(const struct fvd_locks *locks, u64 first,
				   u64 last)
{
	return lower(range_conflict(locks, first, last),
		     single_conflict(locks, first, last));
}

struct fvd_lock *fvd_lock_below(const struct fvd_locks *locks, u64 block)
{
	struct rb_node *node = locks->root.rb_node;
	struct fvd_lock *lock, *found = NULL;
	unsigned int slot;

	while (node) {
		lock = to_lock(node);
		if (lock->last < block) {
			found = lock;
			node = node->rb_right;
		} else {
			node = node->rb_left;
		}
	}
	for (slot = 0; slot < FVD_LOCK_SLOTS; slot++)
		hlist_for_each_entry(lock, &locks->singles[slot], single)
			if (lock->first < block &&
			    (!found || lock->first > found->last))
				found = lock;
	return found;
}

static void insert_range(struct fvd_locks *locks, struct fvd_lock *lock)
{
	struct rb_node **link = &locks->root.rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = lock->first < to_lock(parent)->first ?
			&parent->rb_left : &parent->rb_right;
	}
	rb_link_node(&lock->node, parent, link);
	rb_insert_color(&lock->node, &locks->root);
}

void fvd_lock_hold(struct fvd_locks *locks, struct fvd_lock *lock, u64 first,
		   u64 last)
{
	WARN_ON_ONCE(fvd_lock_conflict(locks, first, last)); /* I-LCK-1 */
	if (first == last) { /* I-LCK-3 */
		fvd_lock_hold_block(locks, lock, first);
		return;
	}
	lock->first = first;
	lock->last = last;
	INIT_LIST_HEAD(&lock->waiters);
	insert_range(locks, lock);
}

void fvd_lock_release(struct fvd_locks *locks, struct fvd_lock *lock,
		      struct list_head *waiters)
{
	fvd_lock_drop(locks, lock);
	list_splice_tail_init(&lock->waiters, waiters);
}
