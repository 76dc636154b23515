// SPDX-License-Identifier: GPL-2.0-only
/*
 * Resetting chunks.
 *
 * A chunk over the base becomes ZERO, which hides the base; one beyond the
 * base's end becomes EMPTY. Its storage goes through the allocator's stages.
 * What was still in the base is hidden, too: it need not be fetched any more.
 *
 * Invariants:
 *   I-DIS-1  Nobody holds blocks of a chunk that is reset.
 *   I-DIS-2  A reset is acknowledged without a commit: after a crash the old
 *            content may be back, unless the guest flushed.
 *
 * Locking: the image's lock for all of it. Memory: the first reset makes the
 * bitmaps in which freed chunks wait, without insisting; as long as there is none,
 * their storage is unused until the image is closed and opened again, and nothing
 * else suffers.
 * Left out on purpose: giving back parts of chunks, and passing discards of
 * freed chunks down. The device below sees the space used again sooner or
 * later.
 */
#include <linux/sched/mm.h>
#include <linux/vmalloc.h>

#include "fvd-commit.h"
#include "fvd-discard.h"

u32 fvd_discard_whole_chunks(const struct fvd_image *image, u64 sector,
			     u64 nr_sectors)
{
	const struct fvd_geometry *geo = &image->map.geo;
	unsigned int shift = geo->chunk_shift - FVD_SECTOR_SHIFT;
	u64 end = sector + nr_sectors, first, last;

	if (!image->map.table || sector & ((1ULL << shift) - 1))
		return 0;
	first = sector >> shift;
	last = end == geo->disk_sectors ? geo->nr_chunks : end >> shift;
	last = min_t(u64, last, first + fvd_journal_max_reset_chunks(geo));
	if (first >= last)
		return 0;
	/* All of one kind: over the base, or beyond it. */
	if (fvd_map_chunk_has_base(&image->map, first))
		last = min(last, ((geo->base_sectors - 1) >> shift) + 1);
	end = min(last << shift, geo->disk_sectors);
	return end - sector;
}

/* Most images never see a discard. */
static void make_stages(struct fvd_image *image)
{
	struct fvd_alloc *alloc = &image->alloc;
	u64 max_capacity = READ_ONCE(alloc->max_capacity);
	size_t nr_bytes = fvd_bitmap_words(max_capacity) * sizeof(__le64);
	__le64 *made[FVD_ALLOC_NR_STAGES];
	unsigned int i, noio;
	bool all = true;

	/* Writeback may wait for this bio: no I/O, and no long search. */
	noio = memalloc_noio_save();
	for (i = 0; i < FVD_ALLOC_NR_STAGES; i++) {
		made[i] = __vmalloc(nr_bytes, GFP_KERNEL | __GFP_ZERO |
				    __GFP_NORETRY | __GFP_NOWARN);
		all = all && made[i];
	}
	memalloc_noio_restore(noio);
	spin_lock_irq(&image->lock);
	/* Somebody may have been faster, and the device may have been enlarged. */
	if (all && !alloc->stage[0] && alloc->max_capacity == max_capacity)
		for (i = 0; i < FVD_ALLOC_NR_STAGES; i++)
			swap(alloc->stage[i], made[i]);
	spin_unlock_irq(&image->lock);
	for (i = 0; i < FVD_ALLOC_NR_STAGES; i++)
		vfree(made[i]);
}

static void reset_chunks(struct fvd_io *io, u64 first_chunk, u64 nr_chunks,
			 u64 first_block, u64 last_block)
{
	struct fvd_image *image = io->image;
	struct fvd_map *map = &image->map;
	u32 value = fvd_map_chunk_has_base(map, first_chunk) ? FVD_ENTRY_ZERO :
							       FVD_ENTRY_EMPTY;
	u64 chunk;
	u32 old;

	for (chunk = first_chunk; chunk < first_chunk + nr_chunks; chunk++) {
		old = fvd_map_reset_chunk(map, chunk, value);
		if (old < FVD_ENTRY_LIMIT)
			fvd_alloc_free(&image->alloc, old);
		fvd_image_mark_chunk_dirty(image, chunk);
	}
	fvd_image_mark_blocks_dirty(image, first_block, last_block);
	fvd_pending_reset(&image->pending, first_chunk, nr_chunks, value,
			  first_block, last_block);
	fvd_image_note_change(image);
	atomic64_add(nr_chunks, &image->count.discarded_chunks);
}

enum fvd_verdict fvd_discard_chunks(struct fvd_io *io)
{
	struct fvd_image *image = io->image;
	struct fvd_map *map = &image->map;
	u64 first = fvd_map_block(map, io->sector);
	u64 last = fvd_map_block(map, io->sector + io->nr_sectors - 1);
	u64 chunk = fvd_map_chunk_of_block(map, first);
	u64 nr = fvd_map_chunk_of_block(map, last) - chunk + 1;
	struct fvd_lock *conflict;
	bool waiting = true;

	if (!READ_ONCE(image->alloc.stage[0])) {
		if (io->bio->bi_opf & REQ_NOWAIT) {
			INIT_WORK(&io->work, fvd_io_retry);
			queue_work(image->io_wq, &io->work);
			return FVD_TAKEN;
		}
		make_stages(image);
	}
	spin_lock_irq(&image->lock);
	if (!fvd_image_writable(image)) {
		spin_unlock_irq(&image->lock);
		fvd_io_end(io, BLK_STS_IOERR);
		return FVD_TAKEN;
	}
	conflict = fvd_lock_conflict(&image->locks, first, last);
	if (conflict) { /* I-DIS-1 */
		fvd_watch_stage(io, FVD_STAGE_WAITS_HELD);
		list_add_tail(&io->list, &conflict->waiters);
	} else if (!fvd_pending_can_reset(&image->pending)) {
		fvd_image_wait_for_commit(io);
	} else {
		reset_chunks(io, chunk, nr, first, last);
		fvd_image_note_complete(image);
		waiting = false;
	}
	spin_unlock_irq(&image->lock);
	if (waiting)
		return FVD_TAKEN;
	fvd_image_change_begun(image);
	if (io->bio->bi_opf & REQ_FUA)
		fvd_commit_join(io);
	else
		fvd_io_end(io, BLK_STS_OK); /* I-DIS-2 */
	return FVD_TAKEN;
}
