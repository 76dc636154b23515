/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Commits: making pending changes durable, for many waiters at once.
 *
 * A commit is: data writes completed, flush of the data device, journal blocks
 * durable. With one device that is one bio (PREFLUSH | FUA). One commit is in
 * flight; whoever comes meanwhile waits for the next.
 */
#ifndef FVD_COMMIT_H
#define FVD_COMMIT_H

#include "fvd-image.h"

/** fvd_commit_init() - allocate; may sleep. */
int __must_check fvd_commit_init(struct fvd_image *image);

/** fvd_commit_exit() - free; nothing may be running. */
void fvd_commit_exit(struct fvd_image *image);

/**
 * fvd_commit_needed() - does a guest flush have to commit?
 * @image: the flush is for its device
 *
 * If not, the lower device's flush alone makes everything durable. Any
 * context; the answer holds for all changes that ended before the call.
 */
static inline bool fvd_commit_needed(const struct fvd_image *image)
{
	bool guest = READ_ONCE(image->pending.guest);

	smp_rmb(); /* pairs with smp_wmb() in commit_begin() */
	return guest || READ_ONCE(image->commit.running);
}

/**
 * fvd_commit_unsettled() - may a block whose bit was just seen set be one that
 * the journal does not know durably yet?
 * @image: the block's
 *
 * Call after the lookup. A "no" is certain, a "yes" is not. And a "no" may come of
 * a commit that failed: so the caller asks afterwards whether the image is still
 * writable.
 */
static inline bool fvd_commit_unsettled(const struct fvd_image *image)
{
	bool pending, running;

	smp_rmb(); /* pairs with smp_wmb() in fvd_map_set_blocks() */
	pending = READ_ONCE(image->pending.guest) ||
		READ_ONCE(image->pending.soft);
	smp_rmb(); /* pairs with smp_wmb() in commit_begin() */
	running = READ_ONCE(image->commit.running);
	/*
	 * Pairs with the unlock in fvd_image_failed() and the lock in
	 * commit_settle() behind it.
	 */
	smp_rmb();
	return pending || running;
}

/**
 * fvd_commit_join() - let a flush or a FUA write wait for the next commit.
 * @io: ended with its status when everything that was pending is durable
 *
 * Any context.
 */
void fvd_commit_join(struct fvd_io *io);

/**
 * fvd_commit_join_now() - the same, and begin that commit at once if possible.
 * @io: as there
 *
 * In the map function only: it may submit bios, whose I/O starts when it
 * returns, and device mapper keeps the image until then, even if @io has ended.
 */
void fvd_commit_join_now(struct fvd_io *io);

/** fvd_commit_want() - commit soon, though nobody waits. Any context. */
void fvd_commit_want(struct fvd_image *image);

/**
 * fvd_commit_final() - commit all that is pending now, and wait.
 * @image: its checkpoint_mutex is held by the caller
 *
 * For checkpoints: may use the reserved part of the ring. May sleep, not in
 * commit_wq. Returns: 0 or a negative errno.
 */
int __must_check fvd_commit_final(struct fvd_image *image);

/** fvd_commit_ring_freed() - a checkpoint moved the tail: go on. */
void fvd_commit_ring_freed(struct fvd_image *image);

#endif /* FVD_COMMIT_H */
