// SPDX-License-Identifier: GPL-2.0-only
/*
 * An open image: its life, and what all operations share.
 *
 * Invariants:
 *   I-IMG-1  The unclean mark is durable before the first change, the clean
 *            mark is written last, and never by an image that failed to open.
 *   I-IMG-2  The mode goes rw -> ro -> fail, never back.
 *   I-IMG-3  Bits, pending change and dirty page change together, under lock.
 *   I-IMG-4  After a resume an image is written only if the superblock on its
 *            device is the one that memory knows, and not even read if it is
 *            another one.
 *   I-IMG-5  Before a chunk is handed out, the durable superblock's image_size
 *            reaches to its end.
 *
 * Locking: fvd-image.h. Crash rule: fvd-checkpoint.c, fvd-commit.c.
 * Left out on purpose: device mapper. Table lines, status and messages are the
 * glue's; the engine reports through notify().
 */
#include <linux/dm-io.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "fvd-checkpoint.h"
#include "fvd-commit.h"
#include "fvd-image.h"
#include "fvd-metadata.h"
#include "fvd-observe.h"
#include "fvd-tracepoint.h"

static unsigned long jitter_seed;
module_param(jitter_seed, ulong, 0644);
MODULE_PARM_DESC(jitter_seed,
		 "Seed of all delays that have chance in them, for tests that repeat a run; 0: unpredictable");

u64 fvd_image_jitter_seed(void)
{
	return READ_ONCE(jitter_seed) ?: get_random_u64();
}

/*
 * Partial blocks are filled from pages of this pool. It has two of this image's
 * blocks, for one operation; fill_mutex lets only one take its pages at a time,
 * so that two can not each hold half of what both need.
 */
static u32 fill_pool_pages(u64 block_bytes)
{
	return max_t(u32, 2 * block_bytes / PAGE_SIZE, 2);
}

void fvd_io_end(struct fvd_io *io, blk_status_t status)
{
	struct bio *bio = io->bio;

	if (io->watch.watched)
		fvd_watch_end(io, blk_status_to_errno(status));
	bio->bi_status = status;
	if (io->end_io) {
		/*
		 * The block layer has already ended this bio once, for us;
		 * hand it on without a second round of its accounting.
		 */
		bio->bi_end_io = io->end_io;
		io->end_io = NULL;
		bio->bi_end_io(bio);
	} else {
		bio_endio(bio);
	}
}

void fvd_io_drain_endio(struct bio *bio)
{
	struct fvd_io *io = fvd_io_of(bio);

	fvd_io_drop_drain_ref(io);
	if (!bio->bi_status)
		fvd_observe_ended(io);
	fvd_io_end(io, bio->bi_status);
}

void fvd_image_dispatch(struct list_head *waiters)
{
	struct fvd_io *io, *next;

	list_for_each_entry_safe(io, next, waiters, list) {
		list_del_init(&io->list);
		INIT_WORK(&io->work, fvd_io_retry);
		queue_work(io->image->io_wq, &io->work);
	}
}

void fvd_image_failed(struct fvd_image *image, const char *what, int error)
{
	unsigned long flags;
	bool first;

	spin_lock_irqsave(&image->lock, flags);
	first = image->mode == FVD_MODE_RW;
	if (first)
		WRITE_ONCE(image->mode, FVD_MODE_RO); /* I-IMG-2 */
	fvd_image_note_way(image);
	spin_unlock_irqrestore(&image->lock, flags);
	if (first)
		trace_fvd_mode(image, error);
	fvd_image_err(image, "%s failed: error %d%s", what, error,
		      first ? "; the device is read-only from now on" : "");
	if (!first)
		return;
	fvd_image_event(image);
	fvd_commit_want(image); /* who waits for one must hear of it */
}

void fvd_image_distrust(struct fvd_image *image, const char *why)
{
	spin_lock_irq(&image->lock);
	WRITE_ONCE(image->mode, FVD_MODE_FAIL); /* I-IMG-2 */
	fvd_image_note_way(image);
	spin_unlock_irq(&image->lock);
	trace_fvd_mode(image, 0);
	fvd_image_err(image, "%s; the device fails from now on", why);
	fvd_image_event(image);
	fvd_commit_want(image); /* who waits for one must hear of it */
}

static void notify_work(struct work_struct *work)
{
	struct fvd_image *image = container_of(work, struct fvd_image,
					       notify_work);

	if (image->notify)
		image->notify(image);
}

static void mark_page_dirty(struct fvd_image *image, u64 index)
{
	lockdep_assert_held(&image->lock);
	if (fvd_bitmap_test(image->dirty_pages, index))
		return;
	fvd_bitmap_fill(image->dirty_pages, index, index + 1, true);
	image->nr_dirty_pages++;
}

void fvd_image_mark_page_clean(struct fvd_image *image, u64 index)
{
	lockdep_assert_held(&image->lock);
	fvd_bitmap_fill(image->dirty_pages, index, index + 1, false);
	image->nr_dirty_pages--;
}

void fvd_image_mark_blocks_dirty(struct fvd_image *image, u64 first, u64 last)
{
	u64 index;

	for (index = fvd_map_page_of_block(first);
	     index <= fvd_map_page_of_block(last); index++)
		mark_page_dirty(image, index);
}

void fvd_image_mark_chunk_dirty(struct fvd_image *image, u64 chunk)
{
	mark_page_dirty(image, fvd_map_page_of_chunk(&image->map, chunk));
}

void fvd_image_note_complete(struct fvd_image *image)
{
	lockdep_assert_held(&image->lock);
	if (image->complete || image->map.nr_base_blocks_left)
		return;
	WRITE_ONCE(image->complete, true);
	/* Joined ranges reach over blocks that nobody reads or stores again. */
	fvd_base_not_needed(image, 0, image->map.geo.nr_blocks - 1);
	fvd_checkpoint_want(image);
}

void fvd_image_blocks_stored(struct fvd_image *image, u64 first, u64 last,
			     u32 credit_bytes, bool soft)
{
	/*
	 * Pending first: whoever sees the bit must also see that it is not
	 * durable. smp_wmb() in fvd_map_set_blocks() pairs with smp_rmb() in
	 * fvd_image_is_settled() and fvd_commit_unsettled().
	 */
	fvd_pending_set_blocks(&image->pending, first, last, credit_bytes, soft);
	fvd_image_note_change(image);
	fvd_map_set_blocks(&image->map, first, last + 1);
	fvd_image_mark_blocks_dirty(image, first, last); /* I-IMG-3 */
	fvd_base_not_needed(image, first, last);
	fvd_image_note_complete(image);
}

void fvd_image_block_stored(struct fvd_image *image, u64 block,
			    u32 credit_bytes)
{
	/* In the order, and for the reasons, of fvd_image_blocks_stored(). */
	fvd_pending_set_block(&image->pending, block, credit_bytes);
	fvd_image_note_change(image);
	fvd_map_set_block(&image->map, block);
	mark_page_dirty(image, fvd_map_page_of_block(block)); /* I-IMG-3 */
	if (unlikely(image->base.retry.nr_ranges))
		fvd_base_not_needed(image, block, block);
	fvd_image_note_complete(image);
}

static void note_space(struct fvd_image *image)
{
	u64 limit = fvd_image_low_space_limit(image);
	u64 nr_free = fvd_alloc_nr_free(&image->alloc);
	bool low = nr_free < limit, full = !nr_free;

	if ((low && !image->low_space) || (full && !image->full_space))
		fvd_image_event(image);
	image->low_space = low;
	image->full_space = full;
}

int fvd_image_get_chunk(struct fvd_image *image, u32 *number)
{
	int r = fvd_alloc_get(&image->alloc, number);

	lockdep_assert_held(&image->lock);
	note_space(image);
	if (!r)
		return 0;
	/* Without counting, freed chunks come back at the next resume only. */
	if (image->drain.armed && fvd_alloc_nr_coming(&image->alloc)) {
		fvd_commit_want(image);
		return -EAGAIN;
	}
	return -ENOSPC;
}

void fvd_image_chunk_stored(struct fvd_image *image, u64 chunk, u32 number,
			    bool soft)
{
	lockdep_assert_held(&image->lock);
	fvd_map_set_entry(&image->map, chunk, number);
	fvd_pending_set_entry(&image->pending, chunk, soft);
	fvd_image_note_change(image);
	fvd_image_mark_chunk_dirty(image, chunk);
}

void fvd_image_change_begun(struct fvd_image *image)
{
	u32 ms = READ_ONCE(image->settings.commit_interval_ms);
	const struct fvd_pending *pending = &image->pending;

	/* Half the room is used: begin now, before anybody has to wait. */
	if (READ_ONCE(pending->done_bytes) > pending->max_bytes / 2)
		fvd_commit_want(image);
	else if (!delayed_work_pending(&image->commit.timer))
		queue_delayed_work(image->commit_wq, &image->commit.timer,
				   msecs_to_jiffies(ms));
}

void fvd_image_operation_ended(struct fvd_image *image, bool failed,
			       struct list_head *retries)
{
	lockdep_assert_held(&image->lock);
	if (list_empty(&image->credit_waiters))
		return;
	if (failed)
		list_splice_tail_init(&image->credit_waiters, retries);
	else
		fvd_commit_want(image);
}

void fvd_image_wait_for_commit(struct fvd_io *io)
{
	lockdep_assert_held(&io->image->lock);
	fvd_watch_stage(io, FVD_STAGE_WAITS_ROOM);
	list_add_tail(&io->list, &io->image->credit_waiters);
	fvd_commit_want(io->image);
}

static int alloc_basics(struct fvd_image *image)
{
	image->io_client = dm_io_client_create();
	if (IS_ERR(image->io_client)) {
		image->io_client = NULL;
		return -ENOMEM;
	}
	image->sb_buffer = (void *)__get_free_page(GFP_KERNEL);
	image->page_buffer = vmalloc(FVD_IMAGE_BATCH_PAGES * FVD_PAGE_BYTES);
	image->io_wq = alloc_workqueue("fvd_io", WQ_MEM_RECLAIM | WQ_UNBOUND,
				       0);
	image->meta_wq = alloc_workqueue("fvd_meta", WQ_MEM_RECLAIM, 0);
	image->commit_wq = alloc_workqueue("fvd_commit", WQ_MEM_RECLAIM |
					   WQ_HIGHPRI, 0);
	if (!image->sb_buffer || !image->page_buffer || !image->io_wq ||
	    !image->commit_wq || !image->meta_wq)
		return -ENOMEM;
	return 0;
}

/* What depends on the geometry. */
static int alloc_engine(struct fvd_image *image)
{
	u32 max_bytes, nr_fill_pages;
	int r;

	fvd_base_init(image);
	/*
	 * Every block of a commit may end with a gap smaller than what comes
	 * next; the longest that stays together is an entry with its blocks.
	 * (I-PND-1)
	 */
	max_bytes = image->ring.nr_reserved *
		(FVD_PAGE_BYTES - sizeof(struct fvd_journal_block_disk) -
		 FVD_PENDING_ENTRY_CREDIT - FVD_PENDING_CHUNK_BLOCKS_CREDIT);
	r = fvd_pending_init(&image->pending, &image->map.geo, max_bytes);
	if (!r)
		r = fvd_commit_init(image);
	if (!r)
		r = fvd_drain_init(image);
	if (!r)
		r = bioset_init(&image->bios, BIO_POOL_SIZE, 0,
				BIOSET_NEED_BVECS);
	nr_fill_pages = fill_pool_pages(image->sb.block_size_bytes);
	if (!r)
		r = mempool_init_page_pool(&image->fill_pages, nr_fill_pages,
					   0);
	return r;
}

static void init_fields(struct fvd_image *image)
{
	mutex_init(&image->checkpoint_mutex);
	mutex_init(&image->fill_mutex);
	spin_lock_init(&image->lock);
	fvd_watch_init(&image->watch);
	fvd_locks_init(&image->locks);
	INIT_LIST_HEAD(&image->list);
	INIT_LIST_HEAD(&image->credit_waiters);
	INIT_WORK(&image->notify_work, notify_work);
	INIT_WORK(&image->checkpoint_work, fvd_checkpoint_work);
	init_waitqueue_head(&image->background_wait);
	fvd_prefetch_init(image);
	fvd_observe_init(image);
	fvd_profiling_init(image);
}

struct fvd_image *fvd_image_open(struct block_device *image_bdev,
				 struct block_device *data_bdev, bool read_only,
				 const char *name, struct fvd_error *error)
{
	struct fvd_image *image;
	int r;

	/* Large, because the superblock in it has room for two paths. */
	image = kvzalloc(sizeof(*image), GFP_KERNEL);
	if (!image) {
		fvd_error_set(error, -ENOMEM, "no memory for the image");
		return ERR_PTR(-ENOMEM);
	}
	image->image_bdev = image_bdev;
	image->data_bdev = data_bdev;
	image->read_only = read_only;
	image->name = name;
	init_fields(image);
	fvd_error_set(error, 0, "no memory for the image");
	r = alloc_basics(image);
	if (!r)
		r = fvd_metadata_load(image, error);
	if (!r) {
		fvd_error_set(error, 0, "no memory for the image");
		r = alloc_engine(image);
	}
	if (r) {
		fvd_image_close(image);
		return ERR_PTR(r);
	}
	image->complete = !image->map.nr_base_blocks_left;
	image->complete_durable = image->sb.complete;
	fvd_profiling_load(image);
	return image;
}

void fvd_image_close(struct fvd_image *image)
{
	cancel_work_sync(&image->notify_work);
	if (image->meta_wq)
		destroy_workqueue(image->meta_wq);
	if (image->commit_wq)
		destroy_workqueue(image->commit_wq);
	if (image->io_wq)
		destroy_workqueue(image->io_wq);
	fvd_observe_exit(image);
	fvd_prefetch_exit(image);
	fvd_profiling_exit(image);
	mempool_exit(&image->fill_pages);
	bioset_exit(&image->bios);
	fvd_drain_exit(image);
	fvd_commit_exit(image);
	fvd_pending_exit(&image->pending);
	fvd_metadata_free(image);
	vfree(image->page_buffer);
	free_page((unsigned long)image->sb_buffer);
	if (image->io_client)
		dm_io_client_destroy(image->io_client);
	kvfree(image);
}

void fvd_image_note_linear(struct fvd_image *image)
{
	const struct fvd_map *map = &image->map;

	spin_lock_irq(&image->lock);
	/*
	 * A linear mapping passes flushes down without a commit; so what was
	 * changed last must be in the journal already.
	 */
	if (!image->linear && !map->table && image->sb.complete &&
	    fvd_pending_is_empty(&image->pending) && !image->commit.running &&
	    fvd_bitmap_all_set(map->bitmap, 0, map->geo.nr_blocks))
		WRITE_ONCE(image->linear, true);
	fvd_image_note_way(image);
	spin_unlock_irq(&image->lock);
}

/* No I/O is in flight that could look at it. */
static void drop_bitmap(struct fvd_image *image)
{
	kvfree(image->map.bitmap);
	image->map.bitmap = NULL;
}

/*
 * I-IMG-4. The device was out of our hands: before the first resume since the
 * table was loaded, later while it was suspended. Somebody may have rolled it
 * back, made another image of it, or put another device in its place; to go on
 * with the map in memory would show, and write to, the wrong places.
 */
static int check_identity(struct fvd_image *image)
{
	struct fvd_error error = { };
	int r;

	if (image->mode == FVD_MODE_FAIL)
		return 0;
	mutex_lock(&image->checkpoint_mutex);
	r = fvd_metadata_check_identity(image, &error);
	mutex_unlock(&image->checkpoint_mutex);
	if (!r)
		return 0;
	if (!image->was_active) {
		fvd_image_err(image, "%s", error.text);
		return r;
	}
	/* A resume that failed would leave all I/O hanging. */
	if (r == -EIO && image->mode == FVD_MODE_RW)
		fvd_image_failed(image, "superblock read", r);
	else
		fvd_image_distrust(image, error.text);
	return 0;
}

/*
 * I-IMG-5. The next superblock makes it durable. Returns: whether it is more
 * than it was.
 */
static bool note_size(struct fvd_image *image, u64 capacity_chunks)
{
	struct fvd_superblock *sb = &image->sb;
	u64 size_bytes;

	if (!image->map.table)
		return false;
	size_bytes = sb->data_offset_bytes +
		(capacity_chunks << image->map.geo.chunk_shift);
	if (size_bytes <= sb->image_size_bytes)
		return false;
	sb->image_size_bytes = size_bytes;
	return true;
}

int fvd_image_activate(struct fvd_image *image)
{
	int r;

	r = check_identity(image);
	if (r)
		return r;
	if (!image->read_only && image->mode == FVD_MODE_RW) {
		note_size(image, image->alloc.capacity);
		r = fvd_checkpoint(image, FVD_CHECKPOINT_ACTIVATE); /* I-IMG-1 */
	}
	/* As above: later it is a read-only disk, and not one that hangs. */
	if (r == -EROFS || (image->was_active && !fvd_image_writable(image)))
		r = 0;
	if (r)
		return r;
	fvd_image_note_linear(image);
	/* A read-only image keeps what a later activation has to write. */
	if (image->linear && !image->nr_dirty_pages)
		drop_bitmap(image);
	fvd_drain_arm_idle(image);
	spin_lock_irq(&image->lock);
	note_space(image);
	spin_unlock_irq(&image->lock);
	image->active = true;
	image->was_active = true;
	if (image->replayed) {
		fvd_image_info(image, "the journal was replayed");
		fvd_image_event(image);
		image->replayed = false;
	}
	fvd_base_activate(image);
	fvd_prefetch_activate(image);
	return 0;
}

static void wait_for_background(struct fvd_image *image)
{
	spin_lock_irq(&image->lock);
	wait_event_lock_irq(image->background_wait, !image->nr_background,
			    image->lock);
	spin_unlock_irq(&image->lock);
}

void fvd_image_deactivate(struct fvd_image *image)
{
	fvd_prefetch_deactivate(image);
	fvd_base_deactivate(image);
	wait_for_background(image);
	cancel_delayed_work_sync(&image->commit.timer);
	mutex_lock(&image->checkpoint_mutex);
	image->active = false;
	mutex_unlock(&image->checkpoint_mutex);
	if (fvd_image_writable(image) &&
	    fvd_checkpoint(image, FVD_CHECKPOINT_CLEAN))
		fvd_image_warn(image, "not marked clean; the next activation will replay the journal");
	wait_for_background(image);
	flush_workqueue(image->meta_wq);
	flush_workqueue(image->commit_wq);
}

int fvd_image_grow(struct fvd_image *image)
{
	struct fvd_alloc *alloc = &image->alloc;
	struct fvd_alloc bigger = { };
	u64 capacity, words, i;
	unsigned int stage;
	LIST_HEAD(retries);
	int r = -ENOMEM;

	if (!image->map.table)
		return -EINVAL;
	mutex_lock(&image->checkpoint_mutex); /* one at a time; and for sb */
	capacity = fvd_layout_capacity_chunks(&image->sb,
					      bdev_nr_bytes(image->image_bdev));
	if (!image->active || capacity <= alloc->capacity) {
		r = image->active ? 0 : -EINVAL; /* I-CKP-4 */
		mutex_unlock(&image->checkpoint_mutex);
		return r;
	}
	words = fvd_bitmap_words(capacity);
	bigger.used = vzalloc(words * sizeof(__le64));
	for (stage = 0; stage < FVD_ALLOC_NR_STAGES; stage++)
		bigger.stage[stage] = vzalloc(words * sizeof(__le64));
	for (stage = 0; stage < FVD_ALLOC_NR_STAGES; stage++)
		if (!bigger.used || !bigger.stage[stage])
			goto out;
	r = 0;
	if (note_size(image, capacity) && fvd_image_writable(image))
		r = fvd_metadata_write_superblock(image); /* I-IMG-5 */
	if (r) {
		fvd_image_failed(image, "superblock write", r);
		goto out;
	}

	spin_lock_irq(&image->lock);
	words = fvd_bitmap_words(alloc->max_capacity);
	for (i = 0; i < words; i++) {
		bigger.used[i] = alloc->used[i];
		for (stage = 0; alloc->stage[0] && stage < FVD_ALLOC_NR_STAGES;
		     stage++)
			bigger.stage[stage][i] = alloc->stage[stage][i];
	}
	swap(alloc->used, bigger.used);
	for (stage = 0; stage < FVD_ALLOC_NR_STAGES; stage++)
		swap(alloc->stage[stage], bigger.stage[stage]);
	alloc->capacity = capacity;
	alloc->max_capacity = capacity;
	note_space(image);
	list_splice_tail_init(&image->credit_waiters, &retries);
	spin_unlock_irq(&image->lock);
	fvd_image_dispatch(&retries);
out:
	mutex_unlock(&image->checkpoint_mutex);
	for (stage = 0; stage < FVD_ALLOC_NR_STAGES; stage++)
		vfree(bigger.stage[stage]);
	vfree(bigger.used);
	return r;
}
