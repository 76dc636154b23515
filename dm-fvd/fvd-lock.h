/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Block ranges that somebody is filling, and who waits for them.
 *
 * Whoever changes where blocks live (first write, copy-on-read, prefetch) holds
 * the range meanwhile; whoever overlaps waits in the holder's list. A discard is
 * done at once: it waits for holders, and holds nothing.
 * Held ranges are disjoint, so a red-black tree by first block finds a
 * conflict in O(log n). Single blocks, which the common first write holds, are
 * not in the tree but in short lists by their number: in a queue of first writes
 * at random places to keep a tree balanced would be most of the work.
 *
 * All functions: the owner's spinlock is held; nothing sleeps or allocates,
 * since a lock is part of the operation that holds it.
 */
#ifndef FVD_LOCK_H
#define FVD_LOCK_H

#include <linux/compiler.h>
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

/* Lists of single blocks: so many are rarely held at a time. A power of two. */
#define FVD_LOCK_SLOTS	64U

/**
 * struct fvd_lock - a held range.
 * @node: in the tree, if it is of several blocks
 * @single: in the list of its slot, if it is of one
 * @first: first block
 * @last: last block
 * @waiters: operations that overlap, in order of arrival
 * @number: of the bio that brought it about, as struct fvd_watch_io has it; 0: none
 * @kind: enum fvd_lock_kind; set, like @number, before it is held
 */
struct fvd_lock {
	union {
		struct rb_node node;
		struct hlist_node single;
	};
	u64 first;
	u64 last;
	struct list_head waiters;
	u64 number;
	u8 kind;
};

/**
 * struct fvd_locks - all held ranges of an image.
 * @root: those of several blocks
 * @singles: those of one block, by its number modulo FVD_LOCK_SLOTS
 */
struct fvd_locks {
	struct rb_root root;
	struct hlist_head singles[FVD_LOCK_SLOTS];
};

/** fvd_locks_init() - nothing is held. */
void fvd_locks_init(struct fvd_locks *locks);

/**
 * fvd_lock_conflict() - who holds the lowest block of [@first, @last]?
 * @locks: all held ranges
 * @first: first block
 * @last: last block
 *
 * Returns: the holder, or NULL if all of it is free.
 */
struct fvd_lock *fvd_lock_conflict(const struct fvd_locks *locks, u64 first,
				   u64 last);

/** fvd_lock_next() - the lowest holder of @block or of what is above, or NULL. */
static inline struct fvd_lock *fvd_lock_next(const struct fvd_locks *locks,
					     u64 block)
{
	return fvd_lock_conflict(locks, block, U64_MAX);
}

/** fvd_lock_below() - the holder nearest below @block, or NULL. */
struct fvd_lock *fvd_lock_below(const struct fvd_locks *locks, u64 block);

/** fvd_lock_slot() - the list that @block is in, if it is held alone. */
static inline unsigned int fvd_lock_slot(u64 block)
{
	return block & (FVD_LOCK_SLOTS - 1);
}

/** fvd_lock_is_free() - does nobody hold @block? */
static inline bool fvd_lock_is_free(const struct fvd_locks *locks, u64 block)
{
	const struct fvd_lock *lock;

	if (unlikely(locks->root.rb_node))
		return !fvd_lock_conflict(locks, block, block);
	hlist_for_each_entry(lock, &locks->singles[fvd_lock_slot(block)], single)
		if (lock->first == block)
			return false;
	return true;
}

/**
 * fvd_lock_hold_block() - fvd_lock_hold() of a single block.
 * @locks: all held ranges
 * @lock: not held
 * @block: nobody holds it
 */
static inline void fvd_lock_hold_block(struct fvd_locks *locks,
				       struct fvd_lock *lock, u64 block)
{
	lock->first = block;
	lock->last = block;
	INIT_LIST_HEAD(&lock->waiters);
	hlist_add_head(&lock->single, &locks->singles[fvd_lock_slot(block)]);
}

/** fvd_lock_hold() - hold a range that fvd_lock_conflict() said is free. */
void fvd_lock_hold(struct fvd_locks *locks, struct fvd_lock *lock, u64 first,
		   u64 last);

/**
 * fvd_lock_release() - give it up.
 * @locks: all held ranges
 * @lock: held
 * @waiters: receives, at its tail, those who waited; they must try again
 */
void fvd_lock_release(struct fvd_locks *locks, struct fvd_lock *lock,
		      struct list_head *waiters);

/** fvd_lock_drop_block() - give up a single block for which nobody waits. */
static inline void fvd_lock_drop_block(struct fvd_lock *lock)
{
	__hlist_del(&lock->single);
}

/** fvd_lock_drop() - give up a range for which nobody waits. */
static inline void fvd_lock_drop(struct fvd_locks *locks,
				 struct fvd_lock *lock)
{
	if (lock->first == lock->last)
		fvd_lock_drop_block(lock);
	else
		rb_erase(&lock->node, &locks->root);
}

#endif /* FVD_LOCK_H */
