// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes: in place, first writes, copy-on-write.
 *
 * The life of a first write:
 *   1. fvd_write_begin(): hold the blocks, reserve the change, find storage;
 *      fvd_write_block() does this, and 2, for the common case;
 *   2. whole blocks only: the guest's bio goes to the image as it is.
 *      Otherwise a worker reads what is missing of the first and last block
 *      from the base (fill_read); then it takes a chunk, if there is none yet,
 *      and writes filler and data as one bio (fill_write). Not before: a base
 *      that can not be read must not use up chunks. A ZERO chunk is zeroed
 *      first, whole (zero_chunk);
 *   3. write_done(): bits, pending change, release; the waiters try again;
 *   4. the guest is answered, with FUA after the next commit.
 *
 * Invariants:
 *   I-WRT-1  Bits of held blocks are set only after all parts were written.
 *   I-WRT-2  The base and the old storage are never written to; so a crash
 *            before the commit shows what was there before.
 *   I-WRT-3  A write ends exactly once: at once, or by joining a commit. Or it
 *            begins again: by fvd_base_wait(), fvd_image_wait_for_commit() or
 *            the list of who holds its blocks.
 *   I-WRT-4  A write that may have to be a first write lies in one chunk.
 *
 * Memory: filler pages come from a pool that suffices for one write; the mutex
 * lets one write at a time take its pages, so none waits with half of them.
 * Locking: the image's lock for 1 and 3. Left out on purpose: reading the
 * middle of a copied block range, which the original did needlessly.
 */
#include <linux/slab.h>

#include "fvd-commit.h"
#include "fvd-observe.h"
#include "fvd-write.h"

/*
 * Where sector @sector of the disk lies in the storage found for the write. A
 * first write goes nowhere else: I-WRT-2.
 */
static u64 storage_sector(const struct fvd_io *io, u64 sector)
{
	const struct fvd_map *map = &io->image->map;
	unsigned int shift = map->geo.chunk_sectors_shift;

	if (!map->table)
		return map->geo.data_start_sector + sector;
	return map->geo.data_start_sector + ((u64)io->number << shift) +
		(sector & ((1ULL << shift) - 1));
}

static bool is_zero_op(const struct fvd_io *io)
{
	return bio_op(io->bio) == REQ_OP_WRITE_ZEROES;
}

static void free_pages_of(struct fvd_image *image, struct list_head *pages)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, pages, lru) {
		list_del(&page->lru);
		mempool_free(page, &image->fill_pages);
	}
}

static noinline void free_filler(struct fvd_io *io)
{
	free_pages_of(io->image, &io->head);
	free_pages_of(io->image, &io->tail);
	io->has_filler = false;
}

/* Step 3, success: the blocks are in the image. Lock held. */
static void record_success(struct fvd_io *io)
{
	struct fvd_image *image = io->image;
	u64 first = io->lock.first, last = io->lock.last;
	u64 chunk;

	if (likely(!io->fill_zero_chunk && first == last)) {
		fvd_image_block_stored(image, first, io->credit_bytes);
		return;
	}
	if (!io->fill_zero_chunk) {
		fvd_image_blocks_stored(image, first, last, io->credit_bytes,
					false);
		return;
	}
	chunk = fvd_map_chunk_of_block(&image->map, first);
	fvd_pending_set_entry(&image->pending, chunk, false);
	io->credit_bytes -= FVD_PENDING_ENTRY_CREDIT;
	fvd_pending_set_blocks(&image->pending, first, last, io->credit_bytes,
			       false);
	fvd_image_note_change(image);
	fvd_map_fill_zero_chunk(&image->map, chunk, io->number, first,
				last + 1);
	fvd_image_mark_blocks_dirty(image, first, last);
	fvd_image_mark_chunk_dirty(image, chunk);
}

static void record_failure(struct fvd_io *io)
{
	struct fvd_image *image = io->image;

	fvd_pending_cancel(&image->pending, io->lock.first, io->lock.last,
			   io->credit_bytes);
	if (io->fill_zero_chunk)
		fvd_alloc_unget(&image->alloc, io->number);
}

/* Somebody waits for what is held, or for any operation to end. Lock held. */
static noinline void release_for_others(struct fvd_io *io, blk_status_t status)
{
	struct fvd_image *image = io->image;
	LIST_HEAD(retries);

	fvd_lock_release(&image->locks, &io->lock, &retries);
	fvd_image_operation_ended(image, status, &retries);
	fvd_image_dispatch(&retries);
}

/* Step 3 and 4. Any context. */
static void write_done(struct fvd_io *io, blk_status_t status)
{
	struct fvd_image *image = io->image;
	unsigned long flags;

	if (unlikely(io->has_filler))
		free_filler(io);
	spin_lock_irqsave(&image->lock, flags);
	if (!status && !fvd_image_writable(image))
		status = BLK_STS_IOERR;
	if (!status)
		record_success(io); /* I-WRT-1, so I-MAP-1 */
	else
		record_failure(io);
	if (likely(list_empty(&io->lock.waiters) &&
		   list_empty(&image->credit_waiters)))
		fvd_lock_drop(&image->locks, &io->lock);
	else
		release_for_others(io, status);
	spin_unlock_irqrestore(&image->lock, flags);

	if (!status)
		fvd_image_change_begun(image);
	if (status && io->base_failed && fvd_base_wait(io, status))
		return;
	if (!status && io->fua) /* I-WRT-3 */
		fvd_commit_join(io);
	else
		fvd_io_end(io, status);
}

static void whole_endio(struct bio *bio)
{
	struct fvd_io *io = fvd_io_of(bio);

	if (io->began_ns && !bio->bi_status)
		fvd_prefetch_guest(io->image, FVD_GUEST_LOCAL, io->began_ns);
	write_done(io, bio->bi_status);
}

/* write_done() for fvd_write_block(), which nobody watches or waits for. */
static void block_endio(struct bio *bio)
{
	struct fvd_io *io = fvd_io_of(bio);
	struct fvd_image *image = io->image;
	unsigned long flags;

	spin_lock_irqsave(&image->lock, flags);
	if (unlikely(bio->bi_status || !fvd_image_is_plain(image) ||
		     !list_empty(&io->lock.waiters) ||
		     !list_empty(&image->credit_waiters))) {
		spin_unlock_irqrestore(&image->lock, flags);
		write_done(io, bio->bi_status);
		return;
	}
	fvd_image_block_stored(image, io->lock.first, FVD_PENDING_BLOCKS_CREDIT);
	fvd_lock_drop_block(&io->lock);
	spin_unlock_irqrestore(&image->lock, flags);
	fvd_image_change_begun(image);
	bio->bi_end_io = io->end_io;
	bio->bi_end_io(bio);
}

/* The guest's own bio goes to its storage. */
static void remap_whole(struct fvd_io *io)
{
	struct bio *bio = io->bio;

	if (static_branch_unlikely(&fvd_observe_key))
		io->began_ns = ktime_get_ns();
	if (unlikely(io->watch.watched))
		fvd_watch_stage(io, FVD_STAGE_STORE);
	else
		WRITE_ONCE(io->watch.stage, FVD_STAGE_STORE);
	/* The commit's PREFLUSH makes the data durable, too. */
	bio->bi_opf &= ~REQ_FUA;
	bio_set_dev(bio, io->image->data_bdev);
	bio->bi_iter.bi_sector = storage_sector(io, io->sector);
	fvd_io_hook(io, whole_endio);
}

static void put_part(struct fvd_io *io, blk_status_t status)
{
	if (status)
		WRITE_ONCE(io->status, status);
	if (atomic_dec_and_test(&io->remaining))
		write_done(io, READ_ONCE(io->status));
}

static void part_endio(struct bio *bio)
{
	struct fvd_io *io = bio->bi_private;
	blk_status_t status = bio->bi_status;

	bio_put(bio);
	put_part(io, status);
}

/* A bio in the making; goes down when it is full, and a new one begins. */
struct gather {
	struct fvd_io *io;
	struct bio *bio;
	u64 sector;
};

static void gather_submit(struct gather *gather)
{
	if (!gather->bio)
		return;
	atomic_inc(&gather->io->remaining);
	submit_bio_noacct(gather->bio);
	gather->bio = NULL;
}

static void gather_add(struct gather *gather, struct page *page,
		       unsigned int len, unsigned int offset)
{
	struct fvd_io *io = gather->io;
	u64 sector;

	if (gather->bio && bio_add_page(gather->bio, page, len, offset) < len)
		gather_submit(gather);
	if (!gather->bio) {
		gather->bio = bio_alloc_bioset(io->image->data_bdev,
					       BIO_MAX_VECS, REQ_OP_WRITE,
					       GFP_NOIO, &io->image->bios);
		sector = storage_sector(io, gather->sector);
		gather->bio->bi_iter.bi_sector = sector;
		gather->bio->bi_private = io;
		gather->bio->bi_end_io = part_endio;
		/* An empty bio takes whatever fits one segment. */
		WARN_ON_ONCE(bio_add_page(gather->bio, page, len, offset) < len);
	}
	gather->sector += len >> FVD_SECTOR_SHIFT;
}

static void gather_pages(struct gather *gather, struct list_head *pages,
			 u32 nr_sectors)
{
	u32 left_bytes = nr_sectors << FVD_SECTOR_SHIFT;
	struct page *page;
	u32 len;

	list_for_each_entry(page, pages, lru) {
		len = min_t(u32, left_bytes, PAGE_SIZE);
		gather_add(gather, page, len, 0);
		left_bytes -= len;
	}
}

static void gather_guest(struct gather *gather)
{
	struct fvd_io *io = gather->io;
	struct bvec_iter iter;
	struct bio_vec bv;
	int r;

	if (is_zero_op(io)) {
		gather_submit(gather);
		r = blkdev_issue_zeroout(io->image->data_bdev,
					 storage_sector(io, io->sector),
					 io->nr_sectors, GFP_NOIO, 0);
		if (r)
			WRITE_ONCE(io->status, errno_to_blk_status(r));
		gather->sector += io->nr_sectors;
		return;
	}
	bio_for_each_segment(bv, io->bio, iter)
		gather_add(gather, bv.bv_page, bv.bv_len, bv.bv_offset);
}

/* Storage for an EMPTY chunk, whose entry is still to be made. Lock held. */
static int take_chunk(struct fvd_io *io, u64 chunk)
{
	struct fvd_image *image = io->image;
	int r = fvd_image_get_chunk(image, &io->number);

	if (r)
		return r;
	fvd_image_chunk_stored(image, chunk, io->number, false);
	io->credit_bytes -= FVD_PENDING_ENTRY_CREDIT;
	return 0;
}

/*
 * Step 2: the filler is there, now the storage. Others may have brought the
 * chunk some meanwhile, or taken the last one. Held blocks keep it from
 * changing afterwards (I-DIS-1). Lock held.
 * Returns: 0, -ENOSPC, -EAGAIN; -EIO if nothing may be written any more.
 */
static int find_late_storage(struct fvd_io *io)
{
	const struct fvd_map *map = &io->image->map;
	u64 chunk;

	if (!fvd_image_writable(io->image))
		return -EIO;
	if (!map->table || io->number < FVD_ENTRY_LIMIT)
		return 0;
	chunk = fvd_map_chunk_of_block(map, io->lock.first);
	io->number = fvd_map_entry(map, chunk);
	if (io->number < FVD_ENTRY_LIMIT)
		return 0;
	return take_chunk(io, chunk);
}

/*
 * No chunk now, but some are coming back: begin again then, with step 1. In the
 * critical section that found none, or the wake-up could be missed. Lock held.
 */
static void start_over(struct fvd_io *io, struct list_head *retries)
{
	struct fvd_image *image = io->image;

	free_filler(io);
	fvd_pending_cancel(&image->pending, io->lock.first, io->lock.last,
			   io->credit_bytes);
	fvd_lock_release(&image->locks, &io->lock, retries);
	fvd_image_wait_for_commit(io);
}

/* Step 2, second half: filler, data, filler, as one bio where that fits. */
static void fill_write(struct work_struct *work)
{
	struct fvd_io *io = container_of(work, struct fvd_io, work);
	struct gather gather = {
		.io = io,
		.sector = io->sector - io->head_sectors,
	};
	struct fvd_image *image = io->image;
	LIST_HEAD(retries);
	int r;

	if (io->status) {
		write_done(io, io->status);
		return;
	}
	spin_lock_irq(&image->lock);
	r = find_late_storage(io);
	if (r == -EAGAIN)
		start_over(io, &retries);
	spin_unlock_irq(&image->lock);
	fvd_image_dispatch(&retries);
	if (r == -EAGAIN)
		return; /* not ours any more */
	if (r) {
		if (r == -ENOSPC)
			atomic64_inc(&image->count.no_space);
		write_done(io, errno_to_blk_status(r));
		return;
	}
	fvd_watch_stage(io, FVD_STAGE_STORE);
	atomic_set(&io->remaining, 1);
	gather_pages(&gather, &io->head, io->head_sectors);
	gather_guest(&gather);
	gather_pages(&gather, &io->tail, io->tail_sectors);
	gather_submit(&gather);
	put_part(io, BLK_STS_OK);
}

static void fill_read_put(struct fvd_io *io)
{
	if (!atomic_dec_and_test(&io->remaining))
		return;
	INIT_WORK(&io->work, fill_write);
	queue_work(io->image->commit_wq, &io->work);
}

/* Which sectors of the base was this to read? Its own iterator has moved on. */
static u32 fill_read_range(struct fvd_io *io, const struct bio *bio, u64 *sector)
{
	struct page *page = list_first_entry_or_null(&io->head, struct page,
						     lru);
	u32 nr_sectors = io->tail_sectors;

	*sector = io->sector + io->nr_sectors;
	if (page && bio->bi_io_vec[0].bv_page == page) {
		*sector = io->sector - io->head_sectors;
		nr_sectors = io->head_sectors;
	}
	return min_t(u64, nr_sectors,
		     io->image->map.geo.base_sectors - *sector);
}

static void fill_read_endio(struct bio *bio)
{
	struct fvd_io *io = bio->bi_private;
	u64 sector;
	u32 nr_sectors = fill_read_range(io, bio, &sector);

	if (bio->bi_status) {
		io->base_failed = true;
		WRITE_ONCE(io->status, bio->bi_status);
		fvd_base_failed(io->image, sector, nr_sectors, bio->bi_status);
	} else {
		fvd_base_succeeded(io->image, sector, nr_sectors);
	}
	bio_put(bio);
	fill_read_put(io);
}

/* Read @nr_sectors at @sector of the base into zeroed filler pages. */
static void fill_read_part(struct fvd_io *io, struct list_head *pages,
			   u64 sector, u32 nr_sectors)
{
	struct fvd_image *image = io->image;
	u64 base_end = image->map.geo.base_sectors;
	struct page *page;
	struct bio *bio;
	u32 left_bytes, len;

	if (!nr_sectors || sector >= base_end)
		return; /* zeros, which the pages are */
	if (WARN_ON_ONCE(!io->base)) { /* the load checks that none is needed */
		io->status = BLK_STS_IOERR;
		return;
	}
	left_bytes = min_t(u64, nr_sectors, base_end - sector) <<
		FVD_SECTOR_SHIFT;
	atomic64_add(left_bytes >> FVD_SECTOR_SHIFT,
		     &image->count.fill_sectors);
	bio = bio_alloc_bioset(io->base, BIO_MAX_VECS, REQ_OP_READ, GFP_NOIO,
			       &image->bios);
	bio->bi_iter.bi_sector = sector;
	bio->bi_private = io;
	bio->bi_end_io = fill_read_endio;
	list_for_each_entry(page, pages, lru) {
		if (!left_bytes)
			break;
		len = min_t(u32, left_bytes, PAGE_SIZE);
		__bio_add_page(bio, page, len, 0);
		left_bytes -= len;
	}
	atomic_inc(&io->remaining);
	submit_bio_noacct(bio);
}

static void take_pages(struct fvd_io *io, struct list_head *pages,
		       u32 nr_sectors)
{
	u32 n = DIV_ROUND_UP(nr_sectors << FVD_SECTOR_SHIFT, PAGE_SIZE);
	struct page *page;

	while (n--) {
		page = mempool_alloc(&io->image->fill_pages, GFP_NOIO);
		clear_highpage(page);
		list_add_tail(&page->lru, pages);
	}
}

/* Step 2, first half. */
static void fill_read(struct work_struct *work)
{
	struct fvd_io *io = container_of(work, struct fvd_io, work);
	struct fvd_image *image = io->image;

	mutex_lock(&image->fill_mutex);
	take_pages(io, &io->head, io->head_sectors);
	take_pages(io, &io->tail, io->tail_sectors);
	mutex_unlock(&image->fill_mutex);
	atomic_set(&io->remaining, 1);
	fill_read_part(io, &io->head, io->sector - io->head_sectors,
		       io->head_sectors);
	fill_read_part(io, &io->tail, io->sector + io->nr_sectors,
		       io->tail_sectors);
	fill_read_put(io);
}

/* Step 2 for a ZERO chunk: all of its new storage becomes zeros first. */
static void zero_chunk(struct work_struct *work)
{
	struct fvd_io *io = container_of(work, struct fvd_io, work);
	struct fvd_map *map = &io->image->map;
	u64 start = fvd_map_block_sector(map, io->lock.first);
	u64 end = fvd_map_block_sector(map, io->lock.last + 1);
	int r;

	r = blkdev_issue_zeroout(io->image->data_bdev,
				 storage_sector(io, start), end - start,
				 GFP_NOIO, BLKDEV_ZERO_NOUNMAP);
	if (r || is_zero_op(io)) {
		write_done(io, errno_to_blk_status(r));
		return;
	}
	io->bio->bi_opf &= ~REQ_NOWAIT; /* a worker may wait */
	remap_whole(io);
	submit_bio_noacct(io->bio);
}

/* How much of the first and the last block has to come from elsewhere. */
static void measure_fill(struct fvd_io *io, u64 first, u64 last)
{
	const struct fvd_map *map = &io->image->map;
	u64 start = fvd_map_block_sector(map, first);
	u64 end = min(fvd_map_block_sector(map, last + 1),
		      map->geo.disk_sectors);

	io->head_sectors = io->sector - start;
	io->tail_sectors = end - (io->sector + io->nr_sectors);
	if (io->head_sectors && fvd_bitmap_test(map->bitmap, first))
		io->head_sectors = 0;
	if (io->tail_sectors && fvd_bitmap_test(map->bitmap, last))
		io->tail_sectors = 0;
}

/*
 * Find storage for the chunk of a held-to-be range. Lock held; reserved.
 * Returns: 0, -ENOSPC, -EAGAIN.
 */
static int find_storage(struct fvd_io *io, u64 chunk, u32 entry)
{
	struct fvd_image *image = io->image;
	int r;

	io->number = entry;
	if (entry < FVD_ENTRY_LIMIT)
		return 0;
	if (entry == FVD_ENTRY_ZERO) {
		r = fvd_image_get_chunk(image, &io->number);
		io->fill_zero_chunk = !r;
		return r;
	}
	/* find_late_storage() takes it; if there is none, no need to read. */
	if ((io->head_sectors || io->tail_sectors) &&
	    fvd_alloc_nr_free(&image->alloc))
		return 0;
	return take_chunk(io, chunk);
}

enum begun {
	BEGUN_HOLDING,	/* go on with step 2 */
	BEGUN_WAITING,	/* somebody will call fvd_io_retry() */
	BEGUN_IN_PLACE,	/* all blocks are in the image */
	BEGUN_FAILED,	/* io->status says why */
};

static bool reserve(struct fvd_io *io, u64 first, u64 last)
{
	struct fvd_pending *pending = &io->image->pending;

	if (likely(first == last))
		return fvd_pending_reserve_block(pending, first,
						 io->credit_bytes);
	return fvd_pending_reserve(pending, first, last, io->credit_bytes);
}

/* Step 1 for the range [first, last] of blocks. Lock held. */
static enum begun hold_range(struct fvd_io *io, u64 first, u64 last)
{
	struct fvd_image *image = io->image;
	struct fvd_map *map = &image->map;
	u64 chunk = 0;
	u32 entry = 0;
	struct fvd_lock *conflict;
	int r = 0;

	measure_fill(io, first, last);
	io->credit_bytes = fvd_pending_credit_bytes(map);
	if (map->table) {
		chunk = fvd_map_chunk_of_block(map, first);
		if (WARN_ON_ONCE(fvd_map_chunk_of_block(map, last) != chunk)) {
			io->status = BLK_STS_IOERR; /* I-WRT-4 */
			return BEGUN_FAILED;
		}
		entry = fvd_map_entry(map, chunk);
		if (entry == FVD_ENTRY_ZERO)
			last = fvd_map_chunk_blocks(map, chunk, &first) - 1;
	}
	conflict = fvd_lock_conflict(&image->locks, first, last);
	if (conflict) {
		fvd_watch_stage(io, FVD_STAGE_WAITS_HELD);
		list_add_tail(&io->list, &conflict->waiters);
		return BEGUN_WAITING;
	}
	if (!reserve(io, first, last)) {
		fvd_image_wait_for_commit(io);
		return BEGUN_WAITING;
	}
	if (map->table)
		r = find_storage(io, chunk, entry);
	if (r) {
		fvd_pending_cancel(&image->pending, first, last,
				   io->credit_bytes);
		if (r == -EAGAIN) {
			fvd_image_wait_for_commit(io);
			return BEGUN_WAITING;
		}
		atomic64_inc(&image->count.no_space);
		io->status = BLK_STS_NOSPC;
		return BEGUN_FAILED;
	}
	io->lock.number = io->watch.number;
	io->lock.kind = FVD_HELD_BY_WRITE;
	fvd_lock_hold(&image->locks, &io->lock, first, last);
	return BEGUN_HOLDING;
}

#define NOT_IN_PLACE	U64_MAX

/*
 * The sector of the image, or NOT_IN_PLACE. Apart, so that the common, small one
 * has nothing on its stack.
 */
static noinline u64 large_in_place(const struct fvd_io *io)
{
	struct fvd_run run;

	fvd_map_lookup(&io->image->map, io->sector, io->nr_sectors, &run);
	if (run.where != FVD_IN_IMAGE || run.nr_sectors != io->nr_sectors)
		return NOT_IN_PLACE;
	return run.image_sector;
}

/* All of it in the image by now? Lock held, so this can not change. */
static bool in_place(struct fvd_io *io, u64 *image_sector)
{
	const struct fvd_map *map = &io->image->map;

	if (fvd_map_is_small(map, io->sector, io->nr_sectors))
		return fvd_map_find_in_image(map, io->sector, io->nr_sectors,
					     image_sector);
	*image_sector = large_in_place(io);
	return *image_sector != NOT_IN_PLACE;
}

static enum begun begin(struct fvd_io *io, u64 *image_sector)
{
	struct fvd_map *map = &io->image->map;
	u64 first = fvd_map_block(map, io->sector);
	u64 last = fvd_map_block(map, io->sector + io->nr_sectors - 1);

	if (!fvd_image_writable(io->image)) {
		fvd_io_drop_drain_ref(io);
		io->status = BLK_STS_IOERR;
		return BEGUN_FAILED;
	}
	if (in_place(io, image_sector))
		return BEGUN_IN_PLACE;
	/* I-DRN-3; and held blocks can not lose their chunk. */
	fvd_io_drop_drain_ref(io);
	return hold_range(io, first, last);
}

enum fvd_verdict fvd_write_begin(struct fvd_io *io)
{
	struct fvd_image *image = io->image;
	u64 image_sector = 0;
	enum begun begun;

	io->fua = io->fua || io->bio->bi_opf & REQ_FUA;
	if (READ_ONCE(image->drain.armed) && !io->drain_ref)
		io->drain_ref = fvd_drain_get(image);
	spin_lock_irq(&image->lock);
	begun = begin(io, &image_sector);
	spin_unlock_irq(&image->lock);
	/* A waiting one may be running again somewhere: not ours any more. */
	switch (begun) {
	case BEGUN_WAITING:
		return FVD_TAKEN;
	case BEGUN_FAILED:
		fvd_io_end(io, io->status);
		return FVD_TAKEN;
	case BEGUN_IN_PLACE:
		fvd_write_in_place(io, image_sector);
		return FVD_REMAPPED;
	case BEGUN_HOLDING:
		break;
	}
	atomic64_inc(&image->count.first_writes);
	if (io->fill_zero_chunk) {
		fvd_watch_stage(io, FVD_STAGE_ZERO);
		INIT_WORK(&io->work, zero_chunk);
	} else if (io->head_sectors || io->tail_sectors) {
		fvd_watch_stage(io, FVD_STAGE_FILL);
		INIT_LIST_HEAD(&io->head);
		INIT_LIST_HEAD(&io->tail);
		io->has_filler = true;
		INIT_WORK(&io->work, fill_read);
	} else {
		remap_whole(io);
		return FVD_REMAPPED;
	}
	queue_work(image->io_wq, &io->work);
	return FVD_TAKEN;
}

/*
 * Where a block that is not in the image will be; of a chunk that has storage.
 * Lock held.
 */
static bool find_block_storage(const struct fvd_map *map, u64 sector,
			       u64 *image_sector)
{
	unsigned int shift = map->geo.chunk_sectors_shift;
	u32 entry;

	*image_sector = map->geo.data_start_sector + sector;
	if (!map->table)
		return true;
	entry = fvd_map_entry(map, sector >> shift);
	*image_sector += ((u64)entry - (sector >> shift)) << shift;
	return entry < FVD_ENTRY_LIMIT;
}

bool fvd_write_block(struct fvd_io *io, struct fvd_image *image,
		     struct block_device *base, struct bio *bio)
{
	struct fvd_map *map = &image->map;
	u64 block = fvd_map_block(map, bio->bi_iter.bi_sector);
	u64 image_sector;

	spin_lock_irq(&image->lock);
	/* Plain: it is writable, and has no drain references. */
	if (!fvd_image_is_plain(image) ||
	    fvd_bitmap_test(map->bitmap, block) ||
	    !find_block_storage(map, bio->bi_iter.bi_sector, &image_sector) ||
	    !fvd_lock_is_free(&image->locks, block) ||
	    !fvd_pending_reserve_block(&image->pending, block,
				       FVD_PENDING_BLOCKS_CREDIT)) {
		spin_unlock_irq(&image->lock);
		return false;
	}
	/* Before others can see that it holds the block. */
	fvd_io_init_small(io, image, base, bio);
	io->credit_bytes = FVD_PENDING_BLOCKS_CREDIT;
	io->watch.stage = FVD_STAGE_STORE;
	io->lock.number = io->watch.number;
	io->lock.kind = FVD_HELD_BY_WRITE;
	fvd_lock_hold_block(&image->locks, &io->lock, block);
	spin_unlock_irq(&image->lock);
	atomic64_inc(&image->count.first_writes);
	bio_set_dev(bio, image->data_bdev);
	bio->bi_iter.bi_sector = image_sector;
	fvd_io_hook(io, block_endio);
	return true;
}

static void fua_endio(struct bio *bio)
{
	struct fvd_io *io = fvd_io_of(bio);

	fvd_io_drop_drain_ref(io);
	if (bio->bi_status)
		fvd_io_end(io, bio->bi_status);
	else
		fvd_commit_join(io);
}

void fvd_write_in_place(struct fvd_io *io, u64 image_sector)
{
	struct fvd_image *image = io->image;
	struct bio *bio = io->bio;
	u64 first = fvd_map_block(&image->map, io->sector);
	u64 last = fvd_map_block(&image->map, io->sector + io->nr_sectors - 1);
	bool known_to_memory_only, join = false;
	unsigned long flags;

	fvd_watch_stage(io, FVD_STAGE_IMAGE);
	spin_lock_irqsave(&image->lock, flags);
	known_to_memory_only = fvd_pending_has_block(&image->pending, first,
						     last);
	if (known_to_memory_only)
		WRITE_ONCE(image->pending.guest, true);
	/* If the commit just failed, joining it tells so. */
	if (bio->bi_opf & REQ_FUA)
		join = known_to_memory_only || image->commit.running ||
			!fvd_image_writable(image);
	spin_unlock_irqrestore(&image->lock, flags);
	if (known_to_memory_only)
		fvd_image_change_begun(image);
	bio_set_dev(bio, image->data_bdev);
	bio->bi_iter.bi_sector = image_sector;
	if (!join)
		return;
	bio->bi_opf &= ~REQ_FUA;
	fvd_io_hook(io, fua_endio);
}
