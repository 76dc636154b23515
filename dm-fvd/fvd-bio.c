// SPDX-License-Identifier: GPL-2.0-only
/*
 * Routing of bios.
 *
 * Reads go to the image, to the base (kept or not), or are zeros. Writes and
 * write-zeroes go to fvd-write.c, whole chunks to fvd-discard.c. What waited
 * somewhere comes back here by fvd_io_retry() and is looked at afresh.
 *
 * Invariants:
 *   I-BIO-1  A bio's range is looked up after its drain reference was taken, if
 *            the image counts them.
 *   I-BIO-2  While a bio has REQ_NOWAIT nothing here sleeps for it, and it is not
 *            sent to the base. (Workers take REQ_NOWAIT away: they may wait.)
 *   I-BIO-4  A bio, or a piece of one, that may go to the image ends where a sector
 *            of its disk does. Of 4 KiB sectors the base may end within one.
 * Locking: none of its own.
 * Left out on purpose: copy-on-read of a read that became mixed while it
 * waited. It is answered piece by piece, and the next read copies. Few get
 * there, because fvd_fetch_limit_sectors() looks who waits for whom. For the same
 * reason a sector of the disk within which the base ends comes by prefetch only.
 */
#include "fvd-bio.h"
#include "fvd-commit.h"
#include "fvd-discard.h"
#include "fvd-fetch.h"
#include "fvd-write.h"

static u32 until(u64 sector, u64 boundary_sectors)
{
	return boundary_sectors - (sector & (boundary_sectors - 1));
}

/* First writes stay within a chunk and an operation's window. */
static u32 write_limit(const struct fvd_image *image, u64 sector)
{
	u32 limit = until(sector, FVD_OPERATION_MAX_SECTORS);

	if (image->map.table)
		limit = min(limit, until(sector, 1ULL <<
			(image->map.geo.chunk_shift - FVD_SECTOR_SHIFT)));
	return limit;
}

/* How far @sector is behind the start of a sector of the image's disk. */
static u32 sector_offset(const struct fvd_image *image, u64 sector)
{
	u32 unit = bdev_logical_block_size(image->data_bdev) >> FVD_SECTOR_SHIFT;

	return sector & (unit - 1);
}

static u32 sector_rest(const struct fvd_image *image, u64 sector)
{
	return sector_offset(image, -sector);
}

/* @nr of @of sectors are of one kind: how many to take. I-BIO-4 */
static u32 whole_limit(const struct fvd_image *image, u64 sector, u64 nr, u32 of)
{
	u32 offset;

	if (nr >= of)
		return of;
	offset = sector_offset(image, sector + nr);
	if (nr > offset)
		return nr - offset;
	return min_t(u64, nr + sector_rest(image, sector + nr), of);
}

u32 fvd_bio_limit_sectors(struct fvd_image *image, const struct bio *bio,
			  const struct fvd_run *run)
{
	u64 sector = bio->bi_iter.bi_sector;
	u32 nr = bio_sectors(bio), limit;

	switch (bio_op(bio)) {
	case REQ_OP_READ:
		nr = whole_limit(image, sector, run->nr_sectors, nr);
		if (run->where == FVD_IN_BASE)
			nr = fvd_fetch_limit_sectors(image, sector, nr);
		return nr;
	case REQ_OP_DISCARD:
	case REQ_OP_WRITE_ZEROES:
		limit = fvd_discard_whole_chunks(image, sector, nr);
		if (limit)
			return limit;
		nr = whole_limit(image, sector, run->nr_sectors, nr);
		return min(nr, write_limit(image, sector));
	default:
		if (run->where == FVD_IN_IMAGE)
			nr = min_t(u64, nr, run->nr_sectors);
		/* What is in a flat image stays there. */
		if (run->where == FVD_IN_IMAGE && !image->map.table)
			return nr;
		/*
		 * Of a compact image also what is there: it may be discarded
		 * until the lock is taken, and be a first write then. I-WRT-4
		 */
		return min(nr, write_limit(image, sector));
	}
}

static void remap(struct bio *bio, struct block_device *bdev, u64 sector)
{
	bio_set_dev(bio, bdev);
	bio->bi_iter.bi_sector = sector;
}

/* Send one piece, which is all of one kind, where it belongs. */
static void send_piece(struct fvd_io *io, struct bio *bio,
		       const struct fvd_run *run)
{
	switch (run->where) {
	case FVD_IN_IMAGE:
		remap(bio, io->image->data_bdev, run->image_sector);
		submit_bio_noacct(bio);
		break;
	case FVD_IN_BASE:
		if (!io->base) {
			bio_io_error(bio);
			break;
		}
		io->base_failed = true; /* should the whole bio fail */
		atomic64_add(bio_sectors(bio),
			     &io->image->count.base_read_sectors);
		bio_set_dev(bio, io->base);
		submit_bio_noacct(bio);
		break;
	case FVD_IS_ZERO:
		zero_fill_bio(bio);
		bio_endio(bio);
		break;
	}
}

/*
 * Which piece failed is not known. If one was to be read from the base, it is
 * taken to be that one: to try a local one again does no harm.
 */
static void pieces_endio(struct bio *bio)
{
	struct fvd_io *io = fvd_io_of(bio);
	blk_status_t status = bio->bi_status;

	fvd_io_drop_drain_ref(io);
	if (status && io->base_failed) {
		fvd_base_failed(io->image, io->sector, io->nr_sectors, status);
		if (fvd_base_wait(io, status))
			return;
	}
	fvd_io_end(io, status);
}

/*
 * The next piece is told apart. Behind a piece of the base's last sector come zeros,
 * also if that was stored since: a part of a sector can not be read from there. I-BIO-4
 */
static void look_up_piece(const struct fvd_image *image, const struct bio *bio,
			  struct fvd_run *run)
{
	u64 sector = bio->bi_iter.bi_sector;
	u32 rest = sector_rest(image, sector);

	if (rest && sector == image->map.geo.base_sectors)
		*run = (struct fvd_run) { .where = FVD_IS_ZERO,
					  .nr_sectors = rest };
	else
		fvd_map_lookup(&image->map, sector, bio_sectors(bio), run);
}

/* A read that is no longer of one kind. Worker. */
static void read_pieces(struct work_struct *work)
{
	struct fvd_io *io = container_of(work, struct fvd_io, work);
	struct fvd_image *image = io->image;
	struct bio *bio = io->bio, *piece;
	struct fvd_run run;

	/* A worker may wait, and nobody polls for the pieces. */
	bio->bi_opf &= ~(REQ_NOWAIT | REQ_POLLED);
	/* The reference is held until the last piece is done. */
	if (READ_ONCE(image->drain.armed))
		io->drain_ref = fvd_drain_get(image);
	fvd_watch_stage(io, FVD_STAGE_PIECES);
	fvd_io_hook(io, pieces_endio);
	for (;;) {
		look_up_piece(image, bio, &run);
		if (run.nr_sectors >= bio_sectors(bio))
			break;
		piece = bio_split(bio, run.nr_sectors, GFP_NOIO, &image->bios);
		bio_chain(piece, bio);
		send_piece(io, piece, &run);
	}
	send_piece(io, bio, &run);
}

static enum fvd_verdict read_in_image(struct fvd_io *io,
				      const struct fvd_run *run)
{
	fvd_watch_stage(io, FVD_STAGE_IMAGE);
	remap(io->bio, io->image->data_bdev, run->image_sector);
	return FVD_REMAPPED;
}

static enum fvd_verdict read_in_base(struct fvd_io *io)
{
	struct fvd_image *image = io->image;

	/*
	 * The base may be slow, and its driver need not know REQ_NOWAIT, which
	 * is none of device mapper's business: it does not look at the base.
	 * I-BIO-2
	 */
	if (!fvd_bio_may_wait(io->bio)) {
		fvd_io_end(io, BLK_STS_AGAIN);
		return FVD_TAKEN;
	}
	io->bio->bi_opf &= ~(REQ_NOWAIT | REQ_POLLED);
	if (!io->base) {
		fvd_io_end(io, BLK_STS_IOERR);
		return FVD_TAKEN;
	}
	if (READ_ONCE(image->settings.copy_on_read) &&
	    fvd_image_writable(image))
		return fvd_fetch_begin(io);
	fvd_base_read(io);
	return FVD_REMAPPED;
}

static enum fvd_verdict read_begin(struct fvd_io *io)
{
	struct fvd_image *image = io->image;
	struct fvd_run run;

	if (READ_ONCE(image->drain.armed)) /* I-BIO-1 */
		io->drain_ref = fvd_drain_get(image);
	fvd_map_lookup(&image->map, io->sector, io->nr_sectors, &run);
	if (run.nr_sectors == io->nr_sectors && run.where == FVD_IN_IMAGE)
		return read_in_image(io, &run);
	fvd_io_drop_drain_ref(io);
	if (run.nr_sectors < io->nr_sectors) {
		INIT_WORK(&io->work, read_pieces);
		queue_work(image->io_wq, &io->work);
		return FVD_TAKEN;
	}
	if (run.where == FVD_IN_BASE)
		return read_in_base(io);
	zero_fill_bio(io->bio);
	fvd_io_end(io, BLK_STS_OK);
	return FVD_TAKEN;
}

static bool covers_whole_chunks(const struct fvd_io *io)
{
	return fvd_discard_whole_chunks(io->image, io->sector,
					io->nr_sectors) == io->nr_sectors;
}

static enum fvd_verdict zeroes_begin(struct fvd_io *io)
{
	struct fvd_run run;

	if (covers_whole_chunks(io))
		return fvd_discard_chunks(io);
	fvd_map_lookup(&io->image->map, io->sector, io->nr_sectors, &run);
	if (run.where == FVD_IS_ZERO && run.nr_sectors == io->nr_sectors &&
	    fvd_image_writable(io->image)) {
		/* Zeros by a reset that may be in memory only. */
		if (io->bio->bi_opf & REQ_FUA && fvd_commit_needed(io->image))
			fvd_commit_join(io);
		else
			fvd_io_end(io, BLK_STS_OK);
		return FVD_TAKEN;
	}
	return fvd_write_begin(io);
}

/*
 * Parts of chunks, and all of a flat image: what is in a flat image is
 * discarded below; the rest may be ignored, and is.
 */
static enum fvd_verdict discard_begin(struct fvd_io *io)
{
	struct fvd_image *image = io->image;
	struct fvd_run run;

	if (!fvd_image_writable(image)) {
		fvd_io_end(io, BLK_STS_IOERR);
		return FVD_TAKEN;
	}
	if (covers_whole_chunks(io))
		return fvd_discard_chunks(io);
	fvd_map_lookup(&image->map, io->sector, io->nr_sectors, &run);
	if (!image->map.table && run.where == FVD_IN_IMAGE &&
	    run.nr_sectors == io->nr_sectors &&
	    bdev_max_discard_sectors(image->data_bdev)) {
		/* Like a write: the next flush makes durable what it relies on. */
		fvd_write_in_place(io, run.image_sector);
		return FVD_REMAPPED;
	}
	fvd_io_end(io, BLK_STS_OK);
	return FVD_TAKEN;
}

static enum fvd_verdict route(struct fvd_io *io)
{
	if (READ_ONCE(io->image->mode) == FVD_MODE_FAIL) {
		fvd_io_end(io, BLK_STS_IOERR);
		return FVD_TAKEN;
	}
	switch (bio_op(io->bio)) {
	case REQ_OP_READ:
		return read_begin(io);
	case REQ_OP_WRITE:
		return fvd_write_begin(io);
	case REQ_OP_WRITE_ZEROES:
		return zeroes_begin(io);
	case REQ_OP_DISCARD:
		return discard_begin(io);
	default:
		fvd_io_end(io, BLK_STS_NOTSUPP);
		return FVD_TAKEN;
	}
}

enum fvd_verdict fvd_bio_begin(struct fvd_io *io)
{
	enum fvd_verdict verdict = route(io);

	if (verdict == FVD_REMAPPED)
		fvd_watch_hook(io); /* I-WCH-1 */
	return verdict;
}

void fvd_io_retry(struct work_struct *work)
{
	struct fvd_io *io = container_of(work, struct fvd_io, work);

	io->bio->bi_opf &= ~REQ_NOWAIT; /* a worker may wait */
	if (fvd_bio_begin(io) == FVD_REMAPPED)
		submit_bio_noacct(io->bio);
}
