// SPDX-License-Identifier: GPL-2.0-only
/*
 * Group commit.
 *
 * Invariants:
 *   I-CMT-1  At most one commit is in flight.
 *   I-CMT-2  A record reaches the disk only after the data it speaks of is
 *            durable (PREFLUSH of the journal bio, or a flush of the data
 *            device before it).
 *   I-CMT-3  A waiter ends only after a commit that began after it came and
 *            that left nothing pending; or with an error.
 *   I-CMT-4  Only a checkpoint's commit may use the last 2 * nr_reserved blocks
 *            of the ring. It takes nr_reserved at most, and frees no more than
 *            what was used when its checkpoint began; so even if that was
 *            nothing, the next checkpoint's finds room, too. A commit that is
 *            asked for by a message may begin to use them, if all are free.
 *   I-CMT-5  After a failed journal write the image is never writable again.
 *
 * Crash rule: the blocks of a commit carry consecutive sequence numbers; a
 * crash keeps a prefix of them, and any prefix is a consistent state.
 * Locking: see fvd-image.h. The work runs in commit_wq, or in who asks for a
 * flush if it need not wait; the end of the journal bio, in any context, ends
 * the waiters.
 * Left out on purpose: a second commit in flight. Flushes that come together
 * share one, and a device does not flush faster when asked twice.
 */
#include <linux/slab.h>

#include "fvd-checkpoint.h"
#include "fvd-commit.h"
#include "fvd-compat.h"
#include "fvd-drain.h"
#include "fvd-metadata.h"
#include "fvd-tracepoint.h"

static void commit_work(struct work_struct *work);
static void commit_timer(struct work_struct *work);

int fvd_commit_init(struct fvd_image *image)
{
	struct fvd_commit *commit = &image->commit;
	unsigned int i;

	INIT_LIST_HEAD(&commit->waiters);
	INIT_LIST_HEAD(&commit->running_waiters);
	INIT_WORK(&commit->work, commit_work);
	INIT_DELAYED_WORK(&commit->timer, commit_timer);
	init_completion(&commit->final_done);
	for (i = 0; i < image->ring.nr_reserved; i++) {
		commit->blocks[i] = (void *)__get_free_page(GFP_KERNEL);
		if (!commit->blocks[i])
			return -ENOMEM;
	}
	return 0;
}

void fvd_commit_exit(struct fvd_image *image)
{
	unsigned int i;

	for (i = 0; i < FVD_COMMIT_MAX_BLOCKS; i++)
		free_page((unsigned long)image->commit.blocks[i]);
}

static void kick(struct fvd_image *image)
{
	queue_work(image->commit_wq, &image->commit.work);
}

void fvd_commit_join(struct fvd_io *io)
{
	struct fvd_image *image = io->image;
	unsigned long flags;

	fvd_watch_stage(io, FVD_STAGE_WAITS_COMMIT);
	spin_lock_irqsave(&image->lock, flags);
	list_add_tail(&io->list, &image->commit.waiters);
	/* Under the lock: once it is released, the bio may end at any time. */
	kick(image);
	spin_unlock_irqrestore(&image->lock, flags);
}

void fvd_commit_want(struct fvd_image *image)
{
	WRITE_ONCE(image->commit.wanted, true);
	kick(image);
}

static void commit_timer(struct work_struct *work)
{
	struct fvd_image *image = container_of(work, struct fvd_image,
					       commit.timer.work);

	fvd_commit_want(image);
}

/* Ring blocks that this commit may fill. Lock held. */
static unsigned int ring_room(struct fvd_image *image)
{
	struct fvd_ring *ring = &image->ring;
	u64 room = ring->nr_blocks - ring->nr_used;

	if (!image->commit.final_wanted)
		room = room > 2 * ring->nr_reserved ?
			room - 2 * ring->nr_reserved : 0;
	return min_t(u64, room, ring->nr_reserved);
}

/*
 * Take what is pending into journal blocks and claim their place in the ring.
 * Lock held. Returns: false if there is nothing to do, or no room to do it.
 */
static bool commit_begin(struct fvd_image *image)
{
	struct fvd_commit *commit = &image->commit;
	struct fvd_ring *ring = &image->ring;
	bool empty = fvd_pending_is_empty(&image->pending);
	unsigned int room = ring_room(image);

	if (commit->running) /* I-CMT-1 */
		return false;
	if (list_empty(&commit->waiters) && !commit->final_wanted &&
	    !(commit->wanted && !empty)) {
		commit->wanted = false;
		return false;
	}
	if (!empty && !room) { /* I-CMT-4 */
		fvd_checkpoint_want(image);
		return false;
	}
	/*
	 * Running before what is pending disappears, so that a lock-free
	 * reader sees at least one of them.
	 */
	WRITE_ONCE(commit->running, true);
	smp_wmb(); /* pairs with smp_rmb() in fvd_commit_unsettled() */
	commit->took_all = fvd_pending_take(&image->pending, &image->map,
					    commit->blocks, room,
					    commit->writers,
					    &commit->nr_blocks);
	if (commit->took_all) { /* I-CMT-3 */
		list_splice_tail_init(&commit->waiters,
				      &commit->running_waiters);
		commit->wanted = false;
		fvd_alloc_advance(&image->alloc, FVD_FREED);
	}
	commit->final_running = commit->final_wanted;
	fvd_image_background_begin(image);
	commit->first_block = ring->head_block;
	return true;
}

static void commit_end(struct fvd_image *image, int error);

static void journal_endio(struct bio *bio)
{
	struct fvd_image *image = container_of(bio, struct fvd_image,
					       commit.bio);
	int error = blk_status_to_errno(bio->bi_status);

	bio_uninit(bio);
	commit_end(image, error);
}

/* An empty flush in place of a journal write: nothing was pending. */
static void submit_flush(struct fvd_image *image)
{
	struct bio *bio = &image->commit.bio;

	bio_init(bio, image->data_bdev, NULL, 0, REQ_OP_WRITE | REQ_PREFLUSH |
		 REQ_SYNC);
	bio->bi_end_io = journal_endio;
	submit_bio(bio);
}

/* Journal blocks [from, to) of this commit, as one bio; ends the commit. */
static void submit_blocks(struct fvd_image *image, unsigned int from,
			  unsigned int to, blk_opf_t flags)
{
	struct fvd_commit *commit = &image->commit;
	struct bio *bio = &commit->bio;
	u64 block = commit->first_block + from;
	unsigned int i;

	if (block >= image->ring.nr_blocks)
		block -= image->ring.nr_blocks;
	bio_init(bio, image->image_bdev, commit->vecs, FVD_COMMIT_MAX_BLOCKS,
		 REQ_OP_WRITE | REQ_FUA | REQ_META | REQ_SYNC | flags);
	bio->bi_iter.bi_sector = (image->sb.journal_offset_bytes +
				  (block << FVD_PAGE_SHIFT)) >> FVD_SECTOR_SHIFT;
	bio->bi_end_io = journal_endio;
	for (i = from; i < to; i++)
		__bio_add_page(bio, virt_to_page(commit->blocks[i]),
			       FVD_PAGE_BYTES,
			       offset_in_page(commit->blocks[i]));
	submit_bio(bio);
}

/*
 * The part in front of the ring's end is written and waited for first when a
 * commit wraps, which is rare.
 */
static int write_before_wrap(struct fvd_image *image, unsigned int nr_blocks,
			     blk_opf_t flags)
{
	struct fvd_commit *commit = &image->commit;
	unsigned int i;
	int r;

	for (i = 0; i < nr_blocks; i++) {
		r = fvd_metadata_io(image, image->image_bdev, REQ_OP_WRITE |
				    REQ_FUA | REQ_META | REQ_SYNC | flags,
				    image->sb.journal_offset_bytes +
				    ((commit->first_block + i) <<
				     FVD_PAGE_SHIFT),
				    commit->blocks[i], FVD_PAGE_BYTES);
		if (r)
			return r;
		flags = 0;
	}
	return 0;
}

static void finish_blocks(struct fvd_image *image, u64 sequence)
{
	struct fvd_commit *commit = &image->commit;
	unsigned int i;

	for (i = 0; i < commit->nr_blocks; i++)
		fvd_journal_finish(&commit->writers[i], image->seed,
				   image->sb.journal_epoch, sequence + i);
}

/* I-CMT-2. @flags is what the first journal write still has to do for it. */
static int flush_data(struct fvd_image *image, blk_opf_t *flags)
{
	int r = 0;

	*flags = REQ_PREFLUSH;
	if (image->data_bdev != image->image_bdev)
		r = blkdev_issue_flush(image->data_bdev);
	if (!r && !fvd_preflush_is_reported(image->image_bdev)) {
		*flags = 0;
		r = blkdev_issue_flush(image->image_bdev);
	}
	return r;
}

static void commit_submit(struct fvd_image *image)
{
	struct fvd_commit *commit = &image->commit;
	unsigned int nr = commit->nr_blocks, before_wrap = 0;
	blk_opf_t flags;
	int r;

	if (!nr) {
		submit_flush(image);
		return;
	}
	if (commit->first_block + nr > image->ring.nr_blocks)
		before_wrap = image->ring.nr_blocks - commit->first_block;
	r = flush_data(image, &flags);
	if (!r && before_wrap)
		r = write_before_wrap(image, before_wrap, flags);
	if (r) {
		commit_end(image, r);
		return;
	}
	submit_blocks(image, before_wrap, nr, before_wrap ? 0 : flags);
	atomic64_inc(&image->count.commits);
	atomic64_add(nr, &image->count.commit_blocks);
}

/* Whoever waits after the image went read-only can not be helped. */
static void fail_waiters(struct fvd_image *image)
{
	struct fvd_commit *commit = &image->commit;
	struct fvd_io *io, *next;
	bool final;
	LIST_HEAD(waiters);
	LIST_HEAD(retries);

	spin_lock_irq(&image->lock);
	list_splice_tail_init(&commit->waiters, &waiters);
	list_splice_tail_init(&image->credit_waiters, &retries);
	final = commit->final_wanted && !commit->running;
	if (final)
		commit->final_wanted = false;
	spin_unlock_irq(&image->lock);
	if (final) {
		commit->final_error = -EIO;
		complete(&commit->final_done);
	}
	fvd_image_dispatch(&retries);
	list_for_each_entry_safe(io, next, &waiters, list)
		fvd_io_end(io, BLK_STS_IOERR);
}

/* Begin a commit and move the ring's head. Lock held. Returns: as commit_begin(). */
static bool commit_claim(struct fvd_image *image, u64 *sequence)
{
	unsigned int *nr_blocks = &image->commit.nr_blocks;
	struct fvd_ring *ring = &image->ring;

	if (!commit_begin(image))
		return false;
	*sequence = ring->head_sequence;
	ring->head_sequence += *nr_blocks;
	ring->nr_used += *nr_blocks;
	ring->head_block += *nr_blocks;
	if (ring->head_block >= ring->nr_blocks)
		ring->head_block -= ring->nr_blocks;
	return true;
}

/* After commit_claim(), whoever called it. */
static void commit_start(struct fvd_image *image, u64 sequence)
{
	trace_fvd_commit_begin(image, sequence);
	finish_blocks(image, sequence);
	commit_submit(image);
}

static void commit_work(struct work_struct *work)
{
	struct fvd_image *image = container_of(work, struct fvd_image,
					       commit.work);
	u64 sequence;
	bool begun;

	if (!fvd_image_writable(image)) {
		fail_waiters(image);
		return;
	}
	spin_lock_irq(&image->lock);
	begun = commit_claim(image, &sequence);
	spin_unlock_irq(&image->lock);
	if (begun)
		commit_start(image, sequence);
}

/*
 * Will the next commit be submitted without waiting for anything? Otherwise
 * commit_submit() waits for a flush of its own, or for the part in front of the
 * ring's end. Lock held.
 */
static bool need_not_wait(const struct fvd_image *image)
{
	const struct fvd_ring *ring = &image->ring;

	return fvd_image_writable(image) &&
		image->data_bdev == image->image_bdev &&
		ring->head_block + ring->nr_reserved <= ring->nr_blocks &&
		fvd_preflush_is_reported(image->image_bdev);
}

void fvd_commit_join_now(struct fvd_io *io)
{
	struct fvd_image *image = io->image;
	u64 sequence;
	bool begun;

	fvd_watch_stage(io, FVD_STAGE_WAITS_COMMIT);
	spin_lock_irq(&image->lock);
	list_add_tail(&io->list, &image->commit.waiters);
	begun = need_not_wait(image) && commit_claim(image, &sequence);
	if (!begun)
		kick(image);
	spin_unlock_irq(&image->lock);
	if (begun)
		commit_start(image, sequence);
}

/*
 * What follows a commit. @waiters and @retries receive whom it concerns, @final
 * whether a checkpoint waits for it. Returns: whether to go on at once.
 */
static bool commit_settle(struct fvd_image *image, int error,
			  struct list_head *waiters, struct list_head *retries,
			  bool *final)
{
	struct fvd_commit *commit = &image->commit;
	struct fvd_ring *ring = &image->ring;
	unsigned long flags;
	bool more;

	spin_lock_irqsave(&image->lock, flags);
	WRITE_ONCE(commit->running, false);
	fvd_image_note_way(image);
	list_splice_tail_init(&commit->running_waiters, waiters);
	list_splice_tail_init(&image->credit_waiters, retries);
	*final = commit->final_running && (commit->took_all || error);
	if (*final) {
		commit->final_wanted = false;
		commit->final_error = error;
	}
	if (!error)
		fvd_alloc_advance(&image->alloc, FVD_COMMITTING);
	more = !commit->took_all || !list_empty(&commit->waiters) ||
		commit->wanted || commit->final_wanted || error;
	if (ring->nr_used > ring->nr_blocks / 2)
		fvd_checkpoint_want(image);
	spin_unlock_irqrestore(&image->lock, flags);
	return more;
}

static void commit_end(struct fvd_image *image, int error)
{
	struct fvd_io *io, *next;
	LIST_HEAD(waiters);
	LIST_HEAD(retries);
	bool more, final;

	trace_fvd_commit_end(image, error);
	if (error) /* I-CMT-5: before anybody can begin another one */
		fvd_image_failed(image, "journal write", error);
	more = commit_settle(image, error, &waiters, &retries, &final);
	fvd_prefetch_note_commit(image);
	fvd_image_dispatch(&retries);
	fvd_drain_want(image);
	if (more)
		kick(image);
	/* Not the device's own error: fsync() takes "not supported" for done. */
	list_for_each_entry_safe(io, next, &waiters, list)
		fvd_io_end(io, error ? BLK_STS_IOERR : BLK_STS_OK);
	if (final)
		complete(&image->commit.final_done);
	/* The last touch: the image may be gone after it. */
	fvd_image_background_end(image);
}

int fvd_commit_final(struct fvd_image *image)
{
	struct fvd_commit *commit = &image->commit;

	reinit_completion(&commit->final_done);
	spin_lock_irq(&image->lock);
	commit->final_wanted = true;
	spin_unlock_irq(&image->lock);
	kick(image);
	wait_for_completion_io(&commit->final_done);
	return commit->final_error;
}

void fvd_commit_ring_freed(struct fvd_image *image)
{
	kick(image);
}
