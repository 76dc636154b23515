/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The base as something that may fail: guest reads that go there, what becomes
 * of those that fail, and which ranges are failing.
 *
 * A failure is reported here by whoever read: guests' own reads, fetches,
 * prefetch, and first writes that complete their blocks. The policy of the
 * device says what a guest gets: the error, or another try later.
 */
#ifndef FVD_BASE_H
#define FVD_BASE_H

#include <linux/blk_types.h>
#include <linux/list.h>
#include <linux/workqueue.h>

#include "fvd-retry.h"

/**
 * struct fvd_base - protected by the image's lock.
 * @retry: failing ranges
 * @waiting: struct fvd_io by list: tried again when their time comes
 * @nr_waiting: how many
 * @pushing_back: a suspend without flush gives waiting I/O back to device
 *	mapper, for the next table
 * @work: tries again
 */
struct fvd_base {
	struct fvd_retry retry;
	struct list_head waiting;
	u64 nr_waiting;
	bool pushing_back;
	struct delayed_work work;
};

struct fvd_image;
struct fvd_io;

/** fvd_base_init() - when the image is opened; its superblock is loaded. */
void fvd_base_init(struct fvd_image *image);

/**
 * fvd_base_read() - map a guest's read to the base.
 * @io: all of it lies in the base, and it has one; the caller submits its bio
 *
 * If it fails, the policy decides.
 */
void fvd_base_read(struct fvd_io *io);

/**
 * fvd_base_wait() - a guest's I/O failed since the base could not be read.
 * @io: with its bio as it came but for what a read below changed; holds nothing
 * @status: with which
 *
 * Returns: true if it was taken, and will be mapped again later, or pushed
 * back; false if the caller has to end it. Any context.
 */
bool __must_check fvd_base_wait(struct fvd_io *io, blk_status_t status);

/**
 * fvd_base_failed() - sectors of the base could not be read.
 * @image: whose base
 * @sector: first one
 * @nr_sectors: at least 1
 * @status: with which
 *
 * Counts, remembers the range, tells user space of the first failure and of
 * giving up. Any context, lock not held.
 */
void fvd_base_failed(struct fvd_image *image, u64 sector, u32 nr_sectors,
		     blk_status_t status);

/**
 * fvd_base_succeeded() - and these could be read. Any context, lock not held.
 * @image: whose base; if it failed before, waiting I/O is tried at once
 * @sector: first one
 * @nr_sectors: at least 1
 */
void fvd_base_succeeded(struct fvd_image *image, u64 sector, u32 nr_sectors);

/**
 * fvd_base_not_needed() - these are in the image now. Lock held.
 * @image: whose lock is held
 * @first: first block
 * @last: last block
 */
void fvd_base_not_needed(struct fvd_image *image, u64 first, u64 last);

/** fvd_base_try_now() - let all that waits for the base try at once. */
void fvd_base_try_now(struct fvd_image *image);

/**
 * fvd_base_push_back() - I/O that waits goes back to device mapper, until
 * fvd_base_activate().
 * @image: is being suspended without flush
 */
void fvd_base_push_back(struct fvd_image *image);

/** fvd_base_activate() - a table was resumed, perhaps with another base. */
void fvd_base_activate(struct fvd_image *image);

/** fvd_base_deactivate() - no I/O is left. May sleep. */
void fvd_base_deactivate(struct fvd_image *image);

#endif /* FVD_BASE_H */
