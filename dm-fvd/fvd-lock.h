/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Block ranges that somebody is filling, and who waits for them.
 *
 * Whoever changes where blocks live (first write, copy-on-read, prefetch,
 * discard) holds the range meanwhile; whoever overlaps waits in the holder's
 * list. Held ranges are disjoint, so a red-black tree by first block finds a
 * conflict in O(log n).
 *
 * All functions: the owner's spinlock is held; nothing sleeps or allocates,
 * since a lock is part of the operation that holds it.
 */
#ifndef FVD_LOCK_H
#define FVD_LOCK_H

#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/types.h>

/* Who holds it, for the curious. */
enum fvd_lock_kind {
	FVD_HELD_BY_WRITE,
	FVD_HELD_BY_FETCH,
	FVD_HELD_BY_PREFETCH,
	FVD_NR_LOCK_KINDS,
};

/**
 * struct fvd_lock - a held range.
 * @node: in the tree
 * @first: first block
 * @last: last block
 * @waiters: operations that overlap, in order of arrival
 * @number: of the bio that brought it about, as struct fvd_watch_io has it; 0: none
 * @kind: enum fvd_lock_kind; set, like @number, before it is held
 */
struct fvd_lock {
	struct rb_node node;
	u64 first;
	u64 last;
	struct list_head waiters;
	u64 number;
	u8 kind;
};

/** struct fvd_lock_tree - all held ranges of an image. */
struct fvd_lock_tree {
	struct rb_root root;
};

/**
 * fvd_lock_conflict() - who holds the lowest block of [@first, @last]?
 * @tree: all held ranges
 * @first: first block
 * @last: last block
 *
 * Returns: the holder, or NULL if all of it is free.
 */
struct fvd_lock *fvd_lock_conflict(const struct fvd_lock_tree *tree, u64 first,
				   u64 last);

/** fvd_lock_below() - the holder nearest below @block, or NULL. */
struct fvd_lock *fvd_lock_below(const struct fvd_lock_tree *tree, u64 block);

/** fvd_lock_hold() - hold a range that fvd_lock_conflict() said is free. */
void fvd_lock_hold(struct fvd_lock_tree *tree, struct fvd_lock *lock, u64 first,
		   u64 last);

/**
 * fvd_lock_release() - give it up.
 * @tree: the one that it is held in
 * @lock: held
 * @waiters: receives, at its tail, those who waited; they must try again
 */
void fvd_lock_release(struct fvd_lock_tree *tree, struct fvd_lock *lock,
		      struct list_head *waiters);

/** fvd_lock_drop() - give up a range for which nobody waits. */
static inline void fvd_lock_drop(struct fvd_lock_tree *tree,
				 struct fvd_lock *lock)
{
	rb_erase(&lock->node, &tree->root);
}

#endif /* FVD_LOCK_H */
