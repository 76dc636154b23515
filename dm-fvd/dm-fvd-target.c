// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device-mapper target "fvd": mapping, suspend, resume.
 *
 * fvd_target_map() handles what is in the image already by itself: one lookup,
 * a remap, no lock, no allocation, no completion hook. Everything else goes to
 * fvd-bio.c.
 *
 * Invariants:
 *   I-TGT-1  Nothing is written before preresume has marked the image unclean.
 *   I-TGT-2  After postsuspend nothing of the image is in memory only, and the
 *            image on the disk is clean (unless writing it failed).
 *   I-BIO-3  A bio that must not wait is never cut, unless it is polled.
 *
 * Left out on purpose: DAX, zoned devices, integrity.
 */
#include <linux/module.h>

#include "dm-fvd.h"
#include "fvd-bio.h"
#include "fvd-commit.h"
#include "fvd-discard.h"
#include "fvd-observe.h"
#include "fvd-write.h"

#define DM_MSG_PREFIX "fvd"

struct fvd_io *fvd_io_of(struct bio *bio)
{
	return dm_per_bio_data(bio, sizeof(struct fvd_io));
}

static struct block_device *base_bdev(const struct fvd_target *target)
{
	return target->base_dev ? target->base_dev->bdev : NULL;
}

/* What is mapped at once, when somebody wants to see that, too. I-WCH-2 */
static noinline void watch_remapped(struct fvd_target *target, struct bio *bio)
{
	struct fvd_io *io = fvd_io_of(bio);

	fvd_io_init(io, target->image, base_bdev(target), bio);
	fvd_watch_stage(io, FVD_STAGE_IMAGE);
	fvd_watch_hook(io);
}

static int map_flush(struct fvd_target *target, struct bio *bio)
{
	struct fvd_image *image = target->image;
	struct fvd_io *io;

	atomic64_inc(&image->count.flushes);
	/* What a flush has to make durable may be lost already. */
	if (unlikely(READ_ONCE(image->mode) != FVD_MODE_RW))
		return DM_MAPIO_KILL;
	if (!fvd_commit_needed(image)) {
		if (static_branch_unlikely(&fvd_watch_key))
			watch_remapped(target, bio);
		bio_set_dev(bio, image->data_bdev);
		return DM_MAPIO_REMAPPED;
	}
	io = fvd_io_of(bio);
	fvd_io_init(io, image, base_bdev(target), bio);
	fvd_commit_join_now(io);
	return DM_MAPIO_SUBMITTED;
}

/*
 * The rest comes back as another bio. Not of one that must not wait (I-BIO-3):
 * were the rest told EAGAIN while the first part is under way, that would come
 * when nobody can repeat the request any more, and io_uring gives it to its user.
 * A polled one is cut all the same: see fvd_bio_may_wait().
 * Returns: whether to go on; otherwise the bio has ended.
 */
static bool cut(struct bio *bio, u64 nr_sectors)
{
	if (nr_sectors >= bio_sectors(bio))
		return true;
	if (!fvd_bio_may_wait(bio)) {
		bio_wouldblock_error(bio);
		return false;
	}
	dm_accept_partial_bio(bio, nr_sectors);
	return true;
}

static int map_slow(struct fvd_target *target, struct bio *bio)
{
	struct fvd_io *io = fvd_io_of(bio);

	fvd_io_init(io, target->image, base_bdev(target), bio);
	return fvd_bio_begin(io) == FVD_REMAPPED ? DM_MAPIO_REMAPPED :
						   DM_MAPIO_SUBMITTED;
}

/* The same for a write that needs no cut. */
static int map_write(struct fvd_target *target, struct bio *bio)
{
	struct fvd_io *io = fvd_io_of(bio);

	fvd_io_init(io, target->image, base_bdev(target), bio);
	if (fvd_write_begin(io) != FVD_REMAPPED)
		return DM_MAPIO_SUBMITTED;
	if (!io->end_io)
		fvd_watch_hook(io);
	return DM_MAPIO_REMAPPED;
}

/*
 * May a bio go down as it is, if all of its blocks are in the image? To be asked
 * after these were looked up.
 */
static inline bool is_fast(const struct fvd_image *image, const struct bio *bio)
{
	if (bio_op(bio) == REQ_OP_READ)
		return likely(READ_ONCE(image->mode) != FVD_MODE_FAIL);
	return bio_op(bio) == REQ_OP_WRITE && !fvd_commit_unsettled(image) &&
		fvd_image_writable(image);
}

/* Of an image that is not writable: only reads, and flushes, unless it failed. */
static bool is_refused(const struct fvd_image *image, const struct bio *bio)
{
	return READ_ONCE(image->mode) == FVD_MODE_FAIL ||
		(bio_op(bio) != REQ_OP_READ && bio_sectors(bio));
}

static int map_linear(struct fvd_target *target, struct bio *bio)
{
	struct fvd_image *image = target->image;

	if (unlikely(!fvd_image_writable(image)) && is_refused(image, bio))
		return DM_MAPIO_KILL;
	if (static_branch_unlikely(&fvd_watch_key))
		watch_remapped(target, bio);
	if (bio_sectors(bio))
		bio->bi_iter.bi_sector += image->map.geo.data_start_sector;
	/* Last, so that no register has to survive it. */
	bio_set_dev(bio, image->data_bdev);
	return DM_MAPIO_REMAPPED;
}

/* A small write is never to be cut, if it stays within an operation's window. */
static bool is_small_write(const struct fvd_image *image, const struct bio *bio)
{
	u64 sector = bio->bi_iter.bi_sector;

	return bio_op(bio) == REQ_OP_WRITE &&
		fvd_map_is_small(&image->map, sector, bio_sectors(bio)) &&
		(sector & (FVD_OPERATION_MAX_SECTORS - 1)) +
		bio_sectors(bio) <= FVD_OPERATION_MAX_SECTORS;
}

/* Apart, so that a first write has nothing on the stack. */
static noinline int map_looked_up(struct fvd_target *target, struct bio *bio)
{
	struct fvd_image *image = target->image;
	struct fvd_run run;

	fvd_map_lookup(&image->map, bio->bi_iter.bi_sector, bio_sectors(bio),
		       &run);
	if (run.where != FVD_IN_IMAGE || READ_ONCE(image->drain.armed) ||
	    !is_fast(image, bio)) {
		if (!cut(bio, fvd_bio_limit_sectors(image, bio, &run)))
			return DM_MAPIO_SUBMITTED;
		return map_slow(target, bio);
	}
	if (!cut(bio, run.nr_sectors))
		return DM_MAPIO_SUBMITTED;
	if (static_branch_unlikely(&fvd_watch_key) ||
	    (static_branch_unlikely(&fvd_observe_key) &&
	     fvd_observe_wants_times(image)))
		watch_remapped(target, bio);
	bio_set_dev(bio, image->data_bdev);
	bio->bi_iter.bi_sector = run.image_sector;
	return DM_MAPIO_REMAPPED;
}

/* To be written as it is, about which nobody wants to know anything? */
static bool is_whole_block(const struct fvd_image *image, const struct bio *bio)
{
	const blk_opf_t mask = REQ_OP_MASK | REQ_PREFLUSH | REQ_FUA;
	u32 block_bytes = 1U << image->map.geo.block_shift;
	u32 sector_mask = (block_bytes >> SECTOR_SHIFT) - 1;

	return (bio->bi_opf & mask) == (__force blk_opf_t)REQ_OP_WRITE &&
		bio->bi_iter.bi_size == block_bytes &&
		!(bio->bi_iter.bi_sector & sector_mask) &&
		!static_branch_unlikely(&fvd_watch_key) &&
		!static_branch_unlikely(&fvd_observe_key);
}

/* All that is not a small request to what is in the image, and settled. */
static noinline int map_any(struct fvd_target *target, struct bio *bio)
{
	if (is_whole_block(target->image, bio) &&
	    fvd_write_block(fvd_io_of(bio), target->image, base_bdev(target),
			    bio))
		return DM_MAPIO_REMAPPED;
	if (unlikely(bio->bi_opf & REQ_PREFLUSH))
		return map_flush(target, bio);
	if (is_small_write(target->image, bio))
		return map_write(target, bio);
	return map_looked_up(target, bio);
}

/* Gives the reference of map_counted() back. */
static void counted_endio(struct bio *bio)
{
	struct fvd_io *io = fvd_io_of(bio);

	fvd_io_drop_drain_ref(io);
	bio->bi_end_io = io->end_io;
	bio->bi_end_io(bio);
}

/*
 * The short way while old I/O to freed chunks is counted: a reference before
 * the lookup (I-BIO-1, I-DRN-1), given back by a completion hook.
 */
static noinline int map_counted(struct fvd_target *target, struct bio *bio)
{
	struct fvd_image *image = target->image;
	struct percpu_ref *ref = fvd_drain_get(image);
	struct fvd_io *io;
	u64 image_sector;

	if (!fvd_map_find_in_image(&image->map, bio->bi_iter.bi_sector,
				   bio_sectors(bio), &image_sector) ||
	    !is_fast(image, bio)) {
		fvd_drain_put(ref);
		return map_any(target, bio);
	}
	io = fvd_io_of(bio);
	io->bio = bio;
	io->drain_ref = ref;
	fvd_io_hook(io, counted_endio);
	bio->bi_iter.bi_sector = image_sector;
	bio_set_dev(bio, image->data_bdev);
	return DM_MAPIO_REMAPPED;
}

/*
 * The common request: a read or a write of a few blocks which are all in the
 * image, an image of which nothing special is to be said. No call, and few
 * variables, so that no register has to be saved: hence what the bio asks for is
 * looked at twice.
 */
static __always_inline int map_short(struct fvd_target *target,
				     struct bio *bio)
{
	struct fvd_image *image = target->image;
	u64 image_sector;

	/*
	 * A number, so that one comparison tells reads and writes from the rest.
	 * Before the lookup: a flush has no sectors.
	 */
	if (unlikely((__force u32)(bio->bi_opf & (REQ_OP_MASK | REQ_PREFLUSH)) >
		     (__force u32)REQ_OP_WRITE))
		return map_any(target, bio);
	if (unlikely(!fvd_map_find_in_image(&image->map,
					    bio->bi_iter.bi_sector,
					    bio_sectors(bio), &image_sector)))
		return map_any(target, bio);
	/* After the lookup. */
	if (op_is_write(bio->bi_opf) && unlikely(!fvd_image_is_settled(image)))
		return map_any(target, bio);
	bio->bi_iter.bi_sector = image_sector;
	bio_set_dev(bio, image->data_bdev);
	return DM_MAPIO_REMAPPED;
}

/* As dm-linear does it, for flushes, too. */
static __always_inline int map_linear_short(struct fvd_image *image,
					    struct bio *bio)
{
	bio->bi_iter.bi_sector += image->map.geo.data_start_sector;
	bio_set_dev(bio, image->data_bdev);
	return DM_MAPIO_REMAPPED;
}

/* An image that is tight, read-only or failed. */
static noinline int map_special(struct fvd_target *target, struct bio *bio)
{
	struct fvd_image *image = target->image;

	if (READ_ONCE(image->linear))
		return map_linear(target, bio);
	/* A flush has no sectors. */
	if (unlikely(bio->bi_opf & REQ_PREFLUSH) ||
	    !READ_ONCE(image->drain.armed))
		return map_any(target, bio);
	return map_counted(target, bio);
}

/* While somebody wants to know what guests do. */
static noinline int map_observed(struct fvd_target *target, struct bio *bio)
{
	struct fvd_image *image = target->image;

	if (static_branch_unlikely(&fvd_observe_key))
		fvd_observe_touch(image, bio);
	if (!READ_ONCE(image->linear) &&
	    (static_branch_unlikely(&fvd_watch_key) ||
	     (static_branch_unlikely(&fvd_observe_key) &&
	      fvd_observe_sample(image))))
		return map_any(target, bio);
	if (!fvd_image_is_plain(image))
		return map_special(target, bio);
	return map_short(target, bio);
}

/* The target begins at 0, so the bio's sector is that of the virtual disk. */
static int fvd_target_map(struct dm_target *ti, struct bio *bio)
{
	struct fvd_target *target = ti->private;
	struct fvd_image *image = target->image;

	if (static_branch_unlikely(&fvd_observe_key) ||
	    static_branch_unlikely(&fvd_watch_key))
		return map_observed(target, bio);
	if (likely(fvd_image_is_plain(image)))
		return map_short(target, bio);
	if (READ_ONCE(image->way) == FVD_WAY_LINEAR)
		return map_linear_short(image, bio);
	return map_special(target, bio);
}

static int fvd_target_preresume(struct dm_target *ti)
{
	struct fvd_target *target = ti->private;
	int r;

	if (target->image->active)
		return 0;
	fvd_registry_bind(target);
	r = fvd_image_activate(target->image); /* I-TGT-1 */
	if (!r)
		fvd_debugfs_add(target->image);
	return r;
}

static void fvd_target_presuspend(struct dm_target *ti)
{
	struct fvd_target *target = ti->private;

	/* Without flush device mapper takes back what has not ended. */
	if (dm_noflush_suspending(ti) && fvd_registry_is_bound(target))
		fvd_base_push_back(target->image);
}

static void fvd_target_presuspend_undo(struct dm_target *ti)
{
	struct fvd_target *target = ti->private;

	if (fvd_registry_is_bound(target))
		fvd_base_activate(target->image);
}

static void fvd_target_postsuspend(struct dm_target *ti)
{
	struct fvd_target *target = ti->private;

	if (!target->image->active || !fvd_registry_is_bound(target))
		return;
	fvd_debugfs_remove(target->image);
	fvd_image_deactivate(target->image); /* I-TGT-2 */
}

static void fvd_target_io_hints(struct dm_target *ti,
				struct queue_limits *limits)
{
	struct fvd_target *target = ti->private;
	const struct fvd_map *map = &target->image->map;

	/*
	 * The base is not among iterate_devices(): its size, its caches and
	 * its lack of write-zeroes are nobody's business. But what is read
	 * from it must be readable.
	 */
	if (target->base_dev) {
		unsigned int base;

		base = bdev_logical_block_size(target->base_dev->bdev);
		limits->logical_block_size = max(limits->logical_block_size,
						 base);
		limits->physical_block_size = max(limits->physical_block_size,
						  limits->logical_block_size);
		limits->dma_alignment = max_t(unsigned int,
					      limits->dma_alignment,
					      bdev_dma_alignment(target->base_dev->bdev));
	}
	limits->io_min = max_t(u32, limits->physical_block_size,
			       1U << map->geo.block_shift);
	limits->io_opt = max(limits->io_opt, limits->io_min);
	if (map->table && ti->num_discard_bios)
		fvd_limits_set_discard(limits, 1U << map->geo.chunk_shift,
				       FVD_DISCARD_MAX_SECTORS);
	/*
	 * Whole chunks never reach the device below, whose limit may be less
	 * than a chunk. Without any there device mapper makes it 0.
	 */
	if (map->table)
		limits->max_write_zeroes_sectors = FVD_DISCARD_MAX_SECTORS;
}

static int fvd_target_iterate_devices(struct dm_target *ti,
				      iterate_devices_callout_fn fn, void *data)
{
	struct fvd_target *target = ti->private;
	const struct fvd_map *map = &target->image->map;
	int r = 0;

	if (target->data_dev)
		r = fn(ti, target->data_dev, 0, ti->len, data);
	else if (!map->table)
		return fn(ti, target->image_dev, map->geo.data_start_sector,
			  ti->len, data);
	return r ?: fn(ti, target->image_dev, 0,
		       bdev_nr_sectors(target->image_dev->bdev), data);
}

static struct target_type fvd_target_type = {
	.name = "fvd",
	.version = {0, 1, 0},
	/*
	 * Alone, as the whole disk: what a second target's failing resume
	 * would leave behind is an active image that nobody suspends. I-TGT-2
	 */
	.features = DM_TARGET_NOWAIT | DM_TARGET_SINGLETON,
	.module = THIS_MODULE,
	.ctr = fvd_target_ctr,
	.dtr = fvd_target_dtr,
	.map = fvd_target_map,
	.preresume = fvd_target_preresume,
	.presuspend = fvd_target_presuspend,
	.presuspend_undo = fvd_target_presuspend_undo,
	.postsuspend = fvd_target_postsuspend,
	.status = fvd_target_status,
	.message = fvd_target_message,
	.io_hints = fvd_target_io_hints,
	.iterate_devices = fvd_target_iterate_devices,
};

static int __init fvd_init(void)
{
	int r;

	fvd_debugfs_init();
	r = dm_register_target(&fvd_target_type);
	if (r)
		fvd_debugfs_exit();
	return r;
}

static void __exit fvd_exit(void)
{
	dm_unregister_target(&fvd_target_type);
	fvd_debugfs_exit();
}

module_init(fvd_init);
module_exit(fvd_exit);

MODULE_DESCRIPTION(DM_NAME " golden images: copy-on-write, copy-on-read, prefetch, compact storage");
MODULE_LICENSE("GPL");
