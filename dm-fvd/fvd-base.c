// SPDX-License-Identifier: GPL-2.0-only
/*
 * A failing base.
 *
 * The life of a guest's I/O over a base that fails:
 *   1. its read of the base fails, or the one that completes its first or last
 *      block; it holds nothing by then, and nothing of it was written;
 *   2. fvd_base_wait() asks the policy how long to wait. Not at all: the guest
 *      gets the error;
 *   3. base_work(), when the time has come, or as soon as another read of
 *      the base succeeds: the bio is made as it came, and mapped again. Its
 *      blocks may be in the image by then;
 *   4. a suspend without flush gives it back to device mapper instead, and the
 *      next table maps it.
 *
 * Invariants:
 *   I-BAS-1  An I/O that waits holds no blocks, no reservation and no
 *            reference: what is in the image can be used meanwhile.
 *   I-BAS-2  It is in no other list, and ends exactly once: by the policy, by
 *            what mapping it again leads to, or by being pushed back.
 *
 * Locking: the image's lock. Left out on purpose: reads that never end. Only
 * the device below can give those up.
 */
#include "fvd-base.h"
#include "fvd-image.h"

static void base_work(struct work_struct *work);

void fvd_base_init(struct fvd_image *image)
{
	fvd_retry_init(&image->base.retry,
		       image->sb.block_size_bytes >> FVD_SECTOR_SHIFT,
		       fvd_image_jitter_seed());
	INIT_LIST_HEAD(&image->base.waiting);
	INIT_DELAYED_WORK(&image->base.work, base_work);
}

static void tell(struct fvd_image *image, enum fvd_retry_news news)
{
	switch (news) {
	case FVD_RETRY_FIRST_ERROR:
		fvd_image_warn(image, "the base can not be read");
		break;
	case FVD_RETRY_GAVE_UP:
		fvd_image_warn(image, "a part of the base is given up, since it can not be read");
		break;
	case FVD_RETRY_RECOVERED:
		fvd_image_info(image, "all of the base that failed can be read again, or is not needed any more");
		break;
	case FVD_RETRY_NOTHING_NEW:
		return;
	}
	fvd_image_event(image);
}

void fvd_base_failed(struct fvd_image *image, u64 sector, u32 nr_sectors,
		     blk_status_t status)
{
	enum fvd_retry_news news;
	unsigned long flags;

	atomic64_inc(&image->count.base_errors);
	spin_lock_irqsave(&image->lock, flags);
	news = fvd_retry_failed(&image->base.retry, &image->settings, sector,
				nr_sectors, blk_status_to_errno(status),
				ktime_get_ns());
	spin_unlock_irqrestore(&image->lock, flags);
	tell(image, news);
}

void fvd_base_not_needed(struct fvd_image *image, u64 first, u64 last)
{
	const struct fvd_map *map = &image->map;
	u64 sector = fvd_map_block_sector(map, first);

	if (likely(!image->base.retry.nr_ranges))
		return;
	tell(image, fvd_retry_forget(&image->base.retry, sector,
				     fvd_map_block_sector(map, last + 1) -
				     sector));
}

/* Have the work run when the next of those who wait is due. Lock held. */
static void run_when_due(struct fvd_image *image)
{
	struct fvd_base *base = &image->base;
	u64 now = ktime_get_ns(), next = U64_MAX;
	struct fvd_io *io;

	list_for_each_entry(io, &base->waiting, list)
		next = min(next, io->base_retry_ns);
	if (next == U64_MAX)
		return;
	next -= min(next, now);
	mod_delayed_work(image->io_wq, &base->work,
			 nsecs_to_jiffies(next + TICK_NSEC - 1));
}

/* Make the bio as it was when it was mapped. */
static void rewind_bio(struct fvd_io *io)
{
	struct bio *bio = io->bio;

	if (io->end_io)
		bio->bi_end_io = io->end_io;
	io->end_io = NULL;
	bio->bi_iter = io->iter;
	bio->bi_flags = io->bio_flags;
	bio->bi_status = BLK_STS_OK;
	/* Pieces that were cut off by whoever was below are gone. */
	atomic_set(&bio->__bi_remaining, 1);
	io->status = BLK_STS_OK;
	io->base_failed = false;
}

static void push_back(struct list_head *list)
{
	struct fvd_io *io, *next;

	list_for_each_entry_safe(io, next, list, list) {
		list_del_init(&io->list);
		fvd_io_end(io, BLK_STS_DM_REQUEUE);
	}
}

/*
 * I-BAS-2; and whoever calls has given up what it held, I-BAS-1. Lock held.
 * Returns: whether @io was put in the list.
 */
static bool put_in_list(struct fvd_io *io, u64 now)
{
	struct fvd_image *image = io->image;
	struct fvd_base *base = &image->base;
	u64 delay;

	if (!io->nr_base_failures++)
		io->base_failed_ns = now;
	delay = fvd_retry_io_delay_ns(&image->settings,
				      READ_ONCE(image->settings.base_policy),
				      &base->retry.jitter, io->nr_base_failures,
				      now - io->base_failed_ns);
	if (!delay)
		return false;
	fvd_watch_stage(io, FVD_STAGE_WAITS_BASE);
	io->base_retry_ns = now + delay;
	list_add_tail(&io->list, &base->waiting);
	base->nr_waiting++;
	run_when_due(image);
	return true;
}

bool fvd_base_wait(struct fvd_io *io, blk_status_t status)
{
	struct fvd_image *image = io->image;
	unsigned long flags;
	bool pushed, taken;

	if (READ_ONCE(image->settings.base_policy) == FVD_BASE_FAIL)
		return false;
	spin_lock_irqsave(&image->lock, flags);
	pushed = image->base.pushing_back;
	taken = pushed || put_in_list(io, ktime_get_ns());
	spin_unlock_irqrestore(&image->lock, flags);
	if (pushed)
		fvd_io_end(io, BLK_STS_DM_REQUEUE);
	return taken;
}

static void base_work(struct work_struct *work)
{
	struct fvd_image *image = container_of(work, struct fvd_image,
					       base.work.work);
	struct fvd_base *base = &image->base;
	struct fvd_io *io, *next;
	LIST_HEAD(due);
	u64 now = ktime_get_ns();

	spin_lock_irq(&image->lock);
	list_for_each_entry_safe(io, next, &base->waiting, list) {
		if (io->base_retry_ns > now)
			continue;
		list_move_tail(&io->list, &due);
		base->nr_waiting--;
	}
	run_when_due(image);
	spin_unlock_irq(&image->lock);
	list_for_each_entry(io, &due, list)
		rewind_bio(io);
	fvd_image_dispatch(&due);
}

/* All that wait are due. Lock held. */
static void wake_all(struct fvd_image *image)
{
	struct fvd_io *io;

	list_for_each_entry(io, &image->base.waiting, list)
		io->base_retry_ns = 0;
	run_when_due(image);
}

void fvd_base_succeeded(struct fvd_image *image, u64 sector, u32 nr_sectors)
{
	struct fvd_retry *retry = &image->base.retry;
	enum fvd_retry_news news;
	unsigned long flags;
	bool back;

	if (likely(!READ_ONCE(retry->nr_ranges) &&
		   !READ_ONCE(retry->nr_in_a_row)))
		return;
	spin_lock_irqsave(&image->lock, flags);
	back = fvd_retry_is_away(retry);
	news = fvd_retry_succeeded(retry, sector, nr_sectors);
	if (back || news == FVD_RETRY_RECOVERED)
		wake_all(image);
	spin_unlock_irqrestore(&image->lock, flags);
	tell(image, news);
}

static void base_read_endio(struct bio *bio)
{
	struct fvd_io *io = fvd_io_of(bio);
	struct fvd_image *image = io->image;
	blk_status_t status = bio->bi_status;

	if (!status) {
		fvd_prefetch_guest(image, FVD_GUEST_BASE, io->began_ns);
		fvd_base_succeeded(image, io->sector, io->nr_sectors);
		fvd_io_end(io, status);
		return;
	}
	fvd_base_failed(image, io->sector, io->nr_sectors, status);
	if (!fvd_base_wait(io, status))
		fvd_io_end(io, status);
}

void fvd_base_read(struct fvd_io *io)
{
	atomic64_add(io->nr_sectors, &io->image->count.base_read_sectors);
	fvd_watch_stage(io, FVD_STAGE_BASE);
	io->began_ns = ktime_get_ns();
	bio_set_dev(io->bio, io->base);
	fvd_io_hook(io, base_read_endio);
}

void fvd_base_try_now(struct fvd_image *image)
{
	spin_lock_irq(&image->lock);
	fvd_retry_reset(&image->base.retry, ktime_get_ns());
	wake_all(image);
	spin_unlock_irq(&image->lock);
	fvd_prefetch_note(image);
}

void fvd_base_push_back(struct fvd_image *image)
{
	LIST_HEAD(waiting);

	spin_lock_irq(&image->lock);
	image->base.pushing_back = true;
	list_splice_init(&image->base.waiting, &waiting);
	image->base.nr_waiting = 0;
	spin_unlock_irq(&image->lock);
	push_back(&waiting);
}

void fvd_base_activate(struct fvd_image *image)
{
	spin_lock_irq(&image->lock);
	image->base.pushing_back = false;
	spin_unlock_irq(&image->lock);
	/* Perhaps it is another base now. */
	fvd_base_try_now(image);
}

void fvd_base_deactivate(struct fvd_image *image)
{
	cancel_delayed_work_sync(&image->base.work);
}
