/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Checkpoints: bringing the metadata pages up to date, so that journal space
 * can be used again.
 *
 * Runs in the background while commits go on in the rest of the ring.
 */
#ifndef FVD_CHECKPOINT_H
#define FVD_CHECKPOINT_H

#include "fvd-image.h"

/* What the superblock at a checkpoint's end says beside the new tail. */
enum fvd_checkpoint_kind {
	FVD_CHECKPOINT_RUNNING,		/* in use, as before */
	FVD_CHECKPOINT_ACTIVATE,	/* in use from now on: unclean, new epoch */
	FVD_CHECKPOINT_CLEAN,		/* given up: clean */
};

/**
 * fvd_checkpoint() - write dirty pages, then a superblock with a new tail.
 * @image: open, and the only one of its device
 * @kind: what the superblock says of the use
 *
 * May sleep, takes checkpoint_mutex. On failure the image has gone through
 * fvd_image_failed(). FVD_CHECKPOINT_ACTIVATE and _CLEAN: no I/O may be under
 * way.
 *
 * Returns: 0 or a negative errno.
 */
int __must_check fvd_checkpoint(struct fvd_image *image,
				enum fvd_checkpoint_kind kind);

/**
 * fvd_checkpoint_commit() - commit what is pending now, and wait. May sleep.
 * @image: loaded
 *
 * A checkpoint, if a commit alone would take the room that the next checkpoint
 * needs.
 *
 * Returns: 0, -EROFS, -EINVAL if it was left meanwhile, or a negative errno of
 * the device.
 */
int __must_check fvd_checkpoint_commit(struct fvd_image *image);

/** fvd_checkpoint_want() - one in the background, soon. Any context. */
static inline void fvd_checkpoint_want(struct fvd_image *image)
{
	queue_work(image->meta_wq, &image->checkpoint_work);
}

/** fvd_checkpoint_work() - the work behind fvd_checkpoint_want(). */
void fvd_checkpoint_work(struct work_struct *work);

#endif /* FVD_CHECKPOINT_H */
