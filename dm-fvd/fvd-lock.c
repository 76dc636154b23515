// SPDX-License-Identifier: GPL-2.0-only
/*
 * Held block ranges.
 *
 * Invariants:
 *   I-LCK-1  Held ranges are disjoint.
 *   I-LCK-2  Everybody in a waiters list overlaps that holder's range, or did
 *            when it came.
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

/* Who waits, waits for what this returned: I-LCK-2. */
struct fvd_lock *fvd_lock_conflict(const struct fvd_lock_tree *tree, u64 first,
				   u64 last)
{
	struct rb_node *node = tree->root.rb_node;
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

struct fvd_lock *fvd_lock_below(const struct fvd_lock_tree *tree, u64 block)
{
	struct rb_node *node = tree->root.rb_node;
	struct fvd_lock *lock, *found = NULL;

	while (node) {
		lock = to_lock(node);
		if (lock->last < block) {
			found = lock;
			node = node->rb_right;
		} else {
			node = node->rb_left;
		}
	}
	return found;
}

void fvd_lock_hold(struct fvd_lock_tree *tree, struct fvd_lock *lock, u64 first,
		   u64 last)
{
	struct rb_node **link = &tree->root.rb_node, *parent = NULL;
	struct fvd_lock *other;

	lock->first = first;
	lock->last = last;
	INIT_LIST_HEAD(&lock->waiters);
	while (*link) {
		parent = *link;
		other = to_lock(parent);
		/* I-LCK-1 */
		WARN_ON_ONCE(other->first <= last && first <= other->last);
		link = first < other->first ? &parent->rb_left :
					      &parent->rb_right;
	}
	rb_link_node(&lock->node, parent, link);
	rb_insert_color(&lock->node, &tree->root);
}

void fvd_lock_release(struct fvd_lock_tree *tree, struct fvd_lock *lock,
		      struct list_head *waiters)
{
	fvd_lock_drop(tree, lock);
	list_splice_tail_init(&lock->waiters, waiters);
}
