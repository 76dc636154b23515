// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copy-on-read, and the fetches of prefetch.
 *
 * The life of a fetch:
 *   1. fvd_fetch_begin(), for a guest, or fvd_ahead_begin(), for prefetch:
 *      choose the window, hold its blocks, reserve the change, read the window
 *      from the base;
 *   2. fetch_read_done(): answer the guest, if there is one, and the reads
 *      that wait;
 *   3. fetch_store(): find storage, write the window to the image;
 *   4. fetch_end(): bits and soft change, release; waiters try again.
 *
 * Invariants:
 *   I-FCH-1  No byte of the base is read by two fetches at a time: a window has
 *            only blocks with bit 0 that nobody else holds.
 *   I-FCH-2  Pages of guests' fetches take copy_on_read_limit_bytes at most;
 *            prefetch brings its own.
 *   I-FCH-3  A read that succeeded in step 1 is answered with success.
 *   I-FCH-4  If the base can not be read, the guest's own bio is sent there:
 *            only who asked for the bad sectors gets the error.
 *
 * Locking: the image's lock for 1 and 4. Memory: GFP_NOWAIT; without it the
 * read goes to the base uncached.
 * Left out on purpose: retrying a failed fetch. The next read does that.
 */
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "fvd-commit.h"
#include "fvd-fetch.h"
#include "fvd-tracepoint.h"

/**
 * struct fvd_fetch - a window on its way from the base to the image.
 * @image: constant
 * @io: the guest's read that started it, not to be touched once answered; NULL
 *	if nobody asked
 * @ahead: whose it is and whom to tell, or NULL for a guest's
 * @lock: the blocks of the window
 * @work: what follows the read of the base
 * @first_sector: of the window
 * @nr_sectors: of the window, to the end of its last block (or of the disk)
 * @credit_bytes: reserved in pending
 * @image_sector: where the window is stored, on the data device
 * @status: of the read of the base
 * @began_ns: when that was sent
 * @nr_pages: elements of @pages, at least what the window needs
 * @pages: its content; behind the base's end: zeros
 */
struct fvd_fetch {
	struct fvd_image *image;
	struct fvd_io *io;
	struct fvd_ahead *ahead;
	struct fvd_lock lock;
	struct work_struct work;
	u64 first_sector;
	u32 nr_sectors;
	u32 credit_bytes;
	u64 image_sector;
	blk_status_t status;
	u64 began_ns;
	unsigned int nr_pages;
	struct page *pages[];
};

static void fetch_trace(const struct fvd_fetch *fetch, enum fvd_fetch_step step)
{
	trace_fvd_fetch(fetch->image, fetch->first_sector, fetch->nr_sectors,
			fetch->lock.number, step);
}

/* A fetch never crosses this: a chunk, or the operation limit. */
static u64 boundary_sectors(const struct fvd_image *image)
{
	const struct fvd_map *map = &image->map;

	if (!map->table)
		return FVD_OPERATION_MAX_SECTORS;
	return min_t(u64, FVD_OPERATION_MAX_SECTORS,
		     1ULL << (map->geo.chunk_shift - FVD_SECTOR_SHIFT));
}

/*
 * Up to where all blocks are held by one holder, or by none: a read that waits
 * for part of its blocks finds a mixture later, which is not copied.
 */
static u32 until_holder_changes(struct fvd_image *image, u64 sector,
				u32 nr_sectors)
{
	const struct fvd_map *map = &image->map;
	u64 first = fvd_map_block(map, sector);
	u64 end = fvd_map_block(map, sector + nr_sectors - 1) + 1;
	struct fvd_lock *holder;

	spin_lock_irq(&image->lock);
	holder = fvd_lock_conflict(&image->locks, first, end - 1);
	if (holder && holder->first > first)
		end = holder->first;
	else if (holder)
		end = min(end, holder->last + 1);
	spin_unlock_irq(&image->lock);
	return min_t(u64, nr_sectors, fvd_map_block_sector(map, end) - sector);
}

u32 fvd_fetch_limit_sectors(struct fvd_image *image, u64 sector, u32 nr_sectors)
{
	u64 boundary = boundary_sectors(image);

	nr_sectors = min_t(u64, nr_sectors, boundary - (sector & (boundary - 1)));
	return until_holder_changes(image, sector, nr_sectors);
}

static u32 pages_of(u32 nr_sectors)
{
	return DIV_ROUND_UP(nr_sectors << FVD_SECTOR_SHIFT, PAGE_SIZE);
}

static void free_pages_and_fetch(struct fvd_fetch *fetch)
{
	unsigned int i;

	for (i = 0; i < fetch->nr_pages; i++)
		__free_page(fetch->pages[i]);
	kfree(fetch);
}

static struct fvd_fetch *alloc_pages_and_fetch(struct fvd_image *image,
					       unsigned int nr_pages, gfp_t gfp)
{
	struct fvd_fetch *fetch;

	fetch = kzalloc(struct_size(fetch, pages, nr_pages), gfp);
	if (!fetch)
		return NULL;
	fetch->image = image;
	while (fetch->nr_pages < nr_pages) {
		fetch->pages[fetch->nr_pages] = alloc_page(gfp | __GFP_HIGHMEM);
		if (!fetch->pages[fetch->nr_pages]) {
			free_pages_and_fetch(fetch);
			return NULL;
		}
		fetch->nr_pages++;
	}
	return fetch;
}

/* I-FCH-2: whoever takes too much does not take it at all. */
static bool take_memory(struct fvd_image *image, u32 nr_bytes)
{
	u32 limit = READ_ONCE(image->settings.copy_on_read_limit_bytes);
	int held = atomic_read(&image->fetch_bytes);

	do {
		if ((u64)held + nr_bytes > limit)
			return false;
	} while (!atomic_try_cmpxchg(&image->fetch_bytes, &held,
				     held + nr_bytes));
	return true;
}

/* @nr_sectors is an upper bound of what the window will have. */
static struct fvd_fetch *alloc_fetch(struct fvd_image *image, u32 nr_sectors)
{
	unsigned int nr_pages = pages_of(nr_sectors);
	struct fvd_fetch *fetch;

	if (!take_memory(image, nr_pages << PAGE_SHIFT))
		return NULL;
	fetch = alloc_pages_and_fetch(image, nr_pages,
				      GFP_NOWAIT | __GFP_NOWARN);
	if (!fetch)
		atomic_sub(nr_pages << PAGE_SHIFT, &image->fetch_bytes);
	return fetch;
}

static void free_fetch(struct fvd_fetch *fetch)
{
	atomic_sub(fetch->nr_pages << PAGE_SHIFT, &fetch->image->fetch_bytes);
	free_pages_and_fetch(fetch);
}

static void trim_pages(struct fvd_fetch *fetch)
{
	unsigned int need = pages_of(fetch->nr_sectors);

	while (fetch->nr_pages > need) {
		__free_page(fetch->pages[--fetch->nr_pages]);
		atomic_sub(PAGE_SIZE, &fetch->image->fetch_bytes);
	}
}

/* The blocks that a window around [first, last] may have at most. */
static void window_bounds(const struct fvd_image *image, u64 first, u64 last,
			  u32 window_bytes, u64 *start, u64 *end)
{
	const struct fvd_map *map = &image->map;
	unsigned int shift = map->geo.block_shift;
	u64 window = max_t(u64, 1, window_bytes >> shift);
	u64 boundary = max_t(u64, 1, boundary_sectors(image) >>
			     (shift - FVD_SECTOR_SHIFT));

	window = min(window, boundary);
	*start = round_down(first, window);
	*end = min(round_down(last, window) + window, map->geo.nr_base_blocks);
}

/*
 * Shrink [*start, *end) to the blocks around [first, last] that are missing
 * and not held. Lock held. I-FCH-1
 */
static void choose_window(const struct fvd_image *image, u64 first, u64 last,
			  u64 *start, u64 *end)
{
	const struct fvd_map *map = &image->map;
	struct fvd_lock *other;
	u64 at = first;

	while (at > *start && !fvd_bitmap_test(map->bitmap, at - 1))
		at--;
	*start = at;
	other = fvd_lock_below(&image->locks, first);
	if (other && other->last >= *start)
		*start = other->last + 1;
	*end = fvd_bitmap_find(map->bitmap, last + 1, *end, true);
	if (last + 1 < *end) {
		other = fvd_lock_conflict(&image->locks, last + 1, *end - 1);
		if (other)
			*end = other->first;
	}
}

enum chosen {
	CHOSEN_FETCH,		/* held and reserved */
	CHOSEN_WAIT,		/* waits for a holder */
	CHOSEN_RETRY,		/* not in the base any more */
	CHOSEN_UNCACHED,	/* no room to remember it */
};

static bool still_missing(const struct fvd_io *io, u64 first, u64 last)
{
	const struct fvd_map *map = &io->image->map;

	if (fvd_map_hides_base(map, first))
		return false;
	return fvd_bitmap_find(map->bitmap, first, last + 1, true) == last + 1;
}

/* Storage for a compact image's chunk. Lock held. */
static bool find_storage(struct fvd_fetch *fetch, u64 start)
{
	struct fvd_image *image = fetch->image;
	struct fvd_map *map = &image->map;
	unsigned int shift = map->geo.chunk_shift - FVD_SECTOR_SHIFT;
	u64 sector = fvd_map_block_sector(map, start);
	u32 number;
	u64 chunk;

	fetch->image_sector = map->geo.data_start_sector + sector;
	if (!map->table)
		return true;
	chunk = fvd_map_chunk_of_block(map, start);
	number = fvd_map_entry(map, chunk);
	if (number >= FVD_ENTRY_LIMIT) {
		if (fvd_image_get_chunk(image, &number))
			return false;
		fvd_image_chunk_stored(image, chunk, number, true);
		fetch->credit_bytes -= FVD_PENDING_ENTRY_CREDIT;
	}
	fetch->image_sector = map->geo.data_start_sector +
		((u64)number << shift) + (sector & ((1ULL << shift) - 1));
	return true;
}

/* Is there storage for a block's chunk, or a chunk left to be it? Lock held. */
static bool has_room(const struct fvd_image *image, u64 block)
{
	const struct fvd_map *map = &image->map;

	return !map->table || fvd_alloc_nr_free(&image->alloc) ||
		fvd_map_entry(map, fvd_map_chunk_of_block(map, block)) <
		FVD_ENTRY_LIMIT;
}

/*
 * Hold [start, end), which is missing and free, and make sure that its change
 * can be recorded. If not now, a commit will make room. Lock held.
 */
static bool hold_window(struct fvd_fetch *fetch, u64 start, u64 end)
{
	struct fvd_image *image = fetch->image;
	const struct fvd_map *map = &image->map;

	fetch->credit_bytes = fvd_pending_credit_bytes(map);
	if (!fvd_pending_reserve(&image->pending, start, end - 1,
				 fetch->credit_bytes)) {
		fvd_commit_want(image);
		return false;
	}
	fetch->first_sector = fvd_map_block_sector(map, start);
	fetch->nr_sectors = min(fvd_map_block_sector(map, end),
				map->geo.disk_sectors) - fetch->first_sector;
	fetch->lock.number = fetch->io ? fetch->io->watch.number : 0;
	fetch->lock.kind = fetch->ahead ? FVD_HELD_BY_PREFETCH :
					  FVD_HELD_BY_FETCH;
	fvd_lock_hold(&image->locks, &fetch->lock, start, end - 1);
	fetch_trace(fetch, FVD_FETCH_BEGUN);
	fvd_image_background_begin(image);
	return true;
}

/* Step 1 under the lock. [start, end) comes in as the bounds. */
static enum chosen choose(struct fvd_fetch *fetch, struct fvd_io *io, u64 start,
			  u64 end)
{
	struct fvd_image *image = io->image;
	struct fvd_map *map = &image->map;
	u64 first = fvd_map_block(map, io->sector);
	u64 last = fvd_map_block(map, io->sector + io->nr_sectors - 1);
	struct fvd_lock *conflict;

	conflict = fvd_lock_conflict(&image->locks, first, last);
	if (conflict) {
		fvd_watch_stage(io, FVD_STAGE_WAITS_HELD);
		list_add_tail(&io->list, &conflict->waiters);
		atomic64_inc(&image->count.fetch_waits);
		return CHOSEN_WAIT;
	}
	if (!still_missing(io, first, last))
		return CHOSEN_RETRY;
	if (!fetch || !fvd_image_writable(image) || !has_room(image, first))
		return CHOSEN_UNCACHED;
	choose_window(image, first, last, &start, &end);
	fetch->io = io;
	if (!hold_window(fetch, start, end))
		return CHOSEN_UNCACHED;
	fvd_watch_stage(io, FVD_STAGE_FETCH);
	return CHOSEN_FETCH;
}

/* Step 4. Any context. */
static void fetch_end(struct fvd_fetch *fetch, bool stored)
{
	struct fvd_image *image = fetch->image;
	unsigned long flags;
	LIST_HEAD(retries);

	spin_lock_irqsave(&image->lock, flags);
	stored = stored && fvd_image_writable(image);
	if (stored)
		fvd_image_blocks_stored(image, fetch->lock.first,
					fetch->lock.last, fetch->credit_bytes,
					true);
	else
		fvd_pending_cancel(&image->pending, fetch->lock.first,
				   fetch->lock.last, fetch->credit_bytes);
	fvd_lock_release(&image->locks, &fetch->lock, &retries);
	fvd_image_operation_ended(image, !stored, &retries);
	spin_unlock_irqrestore(&image->lock, flags);
	fvd_image_dispatch(&retries);
	if (fetch->ahead)
		fetch->ahead->ops->done(fetch->ahead, stored);
	else
		free_fetch(fetch);
	fvd_image_background_end(image);
}

static void store_endio(struct bio *bio)
{
	struct fvd_fetch *fetch = bio->bi_private;
	bool stored = !bio->bi_status;

	bio_put(bio);
	fetch_trace(fetch, stored ? FVD_FETCH_STORED : FVD_FETCH_STORE_FAILED);
	if (stored && fetch->ahead)
		atomic64_add(fetch->nr_sectors,
			     &fetch->image->count.prefetch_stored_sectors);
	else if (stored)
		atomic64_add(fetch->nr_sectors,
			     &fetch->image->count.stored_sectors);
	else
		atomic64_inc(&fetch->image->count.store_errors);
	fetch_end(fetch, stored);
}

/* All pages of the window, @nr_sectors from its start, into a bio. */
static void fill_bio(struct bio *bio, struct fvd_fetch *fetch, u32 nr_sectors)
{
	u32 left_bytes = nr_sectors << FVD_SECTOR_SHIFT, len;
	unsigned int i;

	for (i = 0; left_bytes; i++) {
		len = min_t(u32, left_bytes, PAGE_SIZE);
		__bio_add_page(bio, fetch->pages[i], len, 0);
		left_bytes -= len;
	}
}

/*
 * Step 3. Storage is looked for only now that there is something to store: a
 * base that can not be read must not use up chunks.
 */
static void fetch_store(struct fvd_fetch *fetch)
{
	struct fvd_image *image = fetch->image;
	struct bio *bio;
	bool found;

	spin_lock_irq(&image->lock);
	found = fvd_image_writable(image) &&
		find_storage(fetch, fetch->lock.first);
	spin_unlock_irq(&image->lock);
	if (!found) {
		fetch_trace(fetch, FVD_FETCH_NO_STORAGE);
		fetch_end(fetch, false);
		return;
	}
	bio = bio_alloc_bioset(image->data_bdev, pages_of(fetch->nr_sectors),
			       REQ_OP_WRITE, GFP_NOIO, &image->bios);
	bio->bi_iter.bi_sector = fetch->image_sector;
	bio->bi_private = fetch;
	bio->bi_end_io = store_endio;
	fill_bio(bio, fetch, fetch->nr_sectors);
	if (fetch->ahead)
		bio->bi_opf |= fetch->ahead->ops->write_begins(fetch->ahead);
	submit_bio_noacct(bio);
}

/* Give a read that lies in the window its data. */
static void answer(struct fvd_fetch *fetch, struct fvd_io *io)
{
	u32 at = (io->sector - fetch->first_sector) << FVD_SECTOR_SHIFT;
	struct bvec_iter iter;
	struct bio_vec bv;
	u32 done, len;

	bio_for_each_segment(bv, io->bio, iter) {
		for (done = 0; done < bv.bv_len; done += len) {
			len = min_t(u32, bv.bv_len - done,
				    PAGE_SIZE - offset_in_page(at));
			memcpy_page(bv.bv_page, bv.bv_offset + done,
				    fetch->pages[at >> PAGE_SHIFT],
				    offset_in_page(at), len);
			at += len;
		}
		flush_dcache_page(bv.bv_page);
	}
	fvd_io_end(io, BLK_STS_OK);
}

static bool lies_within(const struct fvd_fetch *fetch, const struct fvd_io *io)
{
	return bio_op(io->bio) == REQ_OP_READ &&
		io->sector >= fetch->first_sector &&
		io->sector + io->nr_sectors <=
		fetch->first_sector + fetch->nr_sectors;
}

/* Step 2 for those who came while the base was read. */
static void answer_waiters(struct fvd_fetch *fetch)
{
	struct fvd_io *io, *next;
	LIST_HEAD(reads);

	spin_lock_irq(&fetch->image->lock);
	list_for_each_entry_safe(io, next, &fetch->lock.waiters, list)
		if (lies_within(fetch, io))
			list_move_tail(&io->list, &reads);
	spin_unlock_irq(&fetch->image->lock);
	list_for_each_entry_safe(io, next, &reads, list)
		answer(fetch, io);
}

static void fetch_read_done(struct work_struct *work)
{
	struct fvd_fetch *fetch = container_of(work, struct fvd_fetch, work);
	struct fvd_io *io = fetch->io;

	if (fetch->status) {
		fetch_trace(fetch, FVD_FETCH_READ_FAILED);
		fetch_end(fetch, false);
		if (!io)
			return;
		fvd_base_read(io); /* I-FCH-4 */
		submit_bio_noacct(io->bio);
		return;
	}
	fetch_trace(fetch, FVD_FETCH_READ);
	if (io)
		answer(fetch, io); /* I-FCH-3 */
	answer_waiters(fetch);
	fetch_store(fetch);
}

/* What of the window lies in the base. */
static u32 base_sectors(const struct fvd_fetch *fetch)
{
	return min_t(u64, fetch->nr_sectors,
		     fetch->image->map.geo.base_sectors - fetch->first_sector);
}

static void read_endio(struct bio *bio)
{
	struct fvd_fetch *fetch = bio->bi_private;

	fetch->status = bio->bi_status;
	bio_put(bio);
	if (!fetch->ahead && !fetch->status)
		fvd_prefetch_guest(fetch->image, FVD_GUEST_BASE,
				   fetch->began_ns);
	if (fetch->status)
		fvd_base_failed(fetch->image, fetch->first_sector,
				base_sectors(fetch), fetch->status);
	else
		fvd_base_succeeded(fetch->image, fetch->first_sector,
				   base_sectors(fetch));
	if (fetch->ahead)
		fetch->ahead->ops->read_ended(fetch->ahead, fetch->status);
	INIT_WORK(&fetch->work, fetch_read_done);
	queue_work(fetch->image->io_wq, &fetch->work);
}

static void zero_behind_base(struct fvd_fetch *fetch, u32 nr_base_sectors)
{
	u32 at = nr_base_sectors << FVD_SECTOR_SHIFT;
	u32 end = fetch->nr_sectors << FVD_SECTOR_SHIFT;
	u32 len;

	for (; at < end; at += len) {
		len = PAGE_SIZE - offset_in_page(at);
		memzero_page(fetch->pages[at >> PAGE_SHIFT], offset_in_page(at),
			     len);
	}
}

/* Step 1, the read. @bio has room for all pages. */
static void fetch_read(struct fvd_fetch *fetch, struct bio *bio)
{
	struct fvd_image *image = fetch->image;
	u32 nr_sectors = base_sectors(fetch);

	zero_behind_base(fetch, nr_sectors);
	bio->bi_iter.bi_sector = fetch->first_sector;
	bio->bi_private = fetch;
	bio->bi_end_io = read_endio;
	fill_bio(bio, fetch, nr_sectors);
	fetch->began_ns = ktime_get_ns();
	atomic64_inc(fetch->ahead ? &image->count.prefetches :
		     &image->count.fetches);
	atomic64_add(nr_sectors, fetch->ahead ?
		     &image->count.prefetched_sectors :
		     &image->count.fetched_sectors);
	submit_bio_noacct(bio);
}

enum fvd_verdict fvd_fetch_begin(struct fvd_io *io)
{
	struct fvd_image *image = io->image;
	const struct fvd_map *map = &image->map;
	u64 first = fvd_map_block(map, io->sector);
	u64 last = fvd_map_block(map, io->sector + io->nr_sectors - 1);
	struct fvd_fetch *fetch;
	struct bio *bio = NULL;
	enum chosen chosen;
	u64 start, end;

	window_bounds(image, first, last,
		      READ_ONCE(image->settings.fetch_window_bytes), &start,
		      &end);
	fetch = alloc_fetch(image, fvd_map_block_sector(map, end - start));
	if (!fetch) {
		/* No memory for a window: only what was asked for, then. */
		start = first;
		end = last + 1;
		fetch = alloc_fetch(image, fvd_map_block_sector(map, end - start));
	}
	if (fetch) {
		bio = bio_alloc_bioset(io->base, fetch->nr_pages, REQ_OP_READ,
				       GFP_NOWAIT, &image->bios);
		if (!bio) {
			free_fetch(fetch);
			fetch = NULL;
		}
	}
	spin_lock_irq(&image->lock);
	chosen = choose(fetch, io, start, end);
	spin_unlock_irq(&image->lock);
	if (chosen == CHOSEN_FETCH) {
		trim_pages(fetch);
		fetch_read(fetch, bio);
		return FVD_TAKEN;
	}
	if (fetch) {
		bio_put(bio);
		free_fetch(fetch);
	}
	if (chosen == CHOSEN_WAIT)
		return FVD_TAKEN;
	if (chosen == CHOSEN_RETRY) {
		/* Rare: a worker looks again, with all cases in one place. */
		INIT_WORK(&io->work, fvd_io_retry);
		queue_work(image->io_wq, &io->work);
		return FVD_TAKEN;
	}
	atomic64_inc(&image->count.uncached_reads);
	fvd_base_read(io);
	return FVD_REMAPPED;
}

int fvd_ahead_init(struct fvd_ahead *ahead, struct fvd_image *image,
		   u32 window_bytes)
{
	ahead->fetch = alloc_pages_and_fetch(image, pages_of(window_bytes >>
							      FVD_SECTOR_SHIFT),
					     GFP_NOIO | __GFP_NORETRY |
					     __GFP_NOWARN);
	if (!ahead->fetch)
		return -ENOMEM;
	ahead->fetch->ahead = ahead;
	ahead->window_bytes = window_bytes;
	return 0;
}

void fvd_ahead_exit(struct fvd_ahead *ahead)
{
	free_pages_and_fetch(ahead->fetch);
}

/*
 * Where a fetch of block @first ends: at its aligned window's end, at the next
 * block that is there, at the next one that is held. Lock held.
 */
static u64 ahead_end(const struct fvd_image *image, u64 first, u64 limit)
{
	const struct fvd_map *map = &image->map;
	struct fvd_lock *other;
	u64 end;

	end = fvd_bitmap_find(map->bitmap, first + 1, limit, true);
	if (first + 1 < end) {
		other = fvd_lock_conflict(&image->locks, first + 1, end - 1);
		if (other)
			end = other->first;
	}
	return end;
}

/* Step 1 for prefetch. Lock held. [first, limit): at most one window. I-PRE-1 */
static enum fvd_ahead_verdict ahead_hold(struct fvd_ahead *ahead, u64 first,
					 u64 limit, u64 *next)
{
	struct fvd_fetch *fetch = ahead->fetch;
	struct fvd_image *image = fetch->image;
	const struct fvd_map *map = &image->map;
	struct fvd_lock *holder;

	*next = first + 1;
	if (!fvd_image_writable(image) || image->complete ||
	    fvd_bitmap_test(map->bitmap, first) || fvd_map_hides_base(map, first))
		return FVD_AHEAD_LOCAL;
	holder = fvd_lock_conflict(&image->locks, first, first);
	if (holder) {
		*next = holder->last + 1;
		return FVD_AHEAD_HELD;
	}
	*next = ahead_end(image, first, limit);
	return hold_window(fetch, first, *next) ? FVD_AHEAD_STARTED :
						  FVD_AHEAD_NO_ROOM;
}

enum fvd_ahead_verdict fvd_ahead_begin(struct fvd_ahead *ahead,
				       struct block_device *base, u64 first,
				       u64 limit, u64 *next)
{
	struct fvd_fetch *fetch = ahead->fetch;
	struct fvd_image *image = fetch->image;
	enum fvd_ahead_verdict verdict;
	struct bio *bio;
	u64 start, end;

	window_bounds(image, first, first, ahead->window_bytes, &start, &end);
	spin_lock_irq(&image->lock);
	verdict = ahead_hold(ahead, first, min(limit, end), next);
	spin_unlock_irq(&image->lock);
	if (verdict != FVD_AHEAD_STARTED)
		return verdict;
	fetch->status = BLK_STS_OK;
	ahead->first_sector = fetch->first_sector;
	ahead->nr_sectors = fetch->nr_sectors;
	ahead->ops->read_begins(ahead);
	bio = bio_alloc_bioset(base, pages_of(fetch->nr_sectors), REQ_OP_READ,
			       GFP_NOIO, &image->bios);
	fetch_read(fetch, bio);
	return FVD_AHEAD_STARTED;
}
