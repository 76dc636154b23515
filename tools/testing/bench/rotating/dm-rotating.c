// SPDX-License-Identifier: GPL-2.0-only
/*
 * A disk that turns, for the benchmark: "0 SECTORS rotating DEVICE".
 *
 * One head serves one bio at a time. What follows where the head is comes by as
 * the disk turns; all else takes a seek, which grows with the root of the
 * distance, and half a turn. Of the bios that wait the next one upwards is
 * served, and behind the last one the lowest (C-LOOK). There is no write cache:
 * what is answered is on the disk, and flushes are none of its business.
 *
 * Locking: the lock for the list, the head and what is at the head. Left out on
 * purpose: zones, a cache, settings. The figures below are those of a common
 * disk of 7200 turns a minute.
 */
#include <linux/bio.h>
#include <linux/device-mapper.h>
#include <linux/hrtimer.h>
#include <linux/math.h>
#include <linux/math64.h>
#include <linux/module.h>

#define HALF_TURN_NS	(60ULL * NSEC_PER_SEC / 7200 / 2)
#define SHORT_SEEK_NS	(1ULL * NSEC_PER_MSEC)
/* Of all the way; a third of it, the mean distance, takes 9.7 ms. */
#define LONG_SEEK_NS	(16ULL * NSEC_PER_MSEC)
#define SECTOR_NS	5000ULL	/* 102 MB/s */
#define TRACK_SECTORS	1667U	/* that come by in a turn */

struct rotating {
	struct dm_dev *dev;
	u64 size_sectors;
	spinlock_t lock;
	struct list_head waiting;	/* struct rotating_io by list */
	struct bio *served;
	u64 head_sector;
	struct hrtimer timer;
	struct work_struct work;
};

struct rotating_io {
	struct list_head list;
	struct bio *bio;
};

static u64 service_ns(const struct rotating *disk, const struct bio *bio)
{
	u64 sector = bio->bi_iter.bi_sector, from = disk->head_sector, distance;
	u64 ns = bio_sectors(bio) * SECTOR_NS;

	distance = sector > from ? sector - from : from - sector;
	if (sector >= from && distance < TRACK_SECTORS)
		return ns + distance * SECTOR_NS;
	/* The root, in thousandths. */
	distance = int_sqrt64(div64_u64(distance * 1000000, disk->size_sectors));
	return ns + HALF_TURN_NS + SHORT_SEEK_NS +
		(LONG_SEEK_NS - SHORT_SEEK_NS) * distance / 1000;
}

/* Does @io come before @other, or is there no other? */
static bool is_before(const struct rotating_io *io,
		      const struct rotating_io *other)
{
	return !other || io->bio->bi_iter.bi_sector <
		other->bio->bi_iter.bi_sector;
}

static bool is_ahead(const struct rotating *disk, const struct rotating_io *io)
{
	return io->bio->bi_iter.bi_sector >= disk->head_sector;
}

/* Lock held. */
static struct rotating_io *choose(struct rotating *disk)
{
	struct rotating_io *io, *next = NULL, *lowest = NULL;

	list_for_each_entry(io, &disk->waiting, list) {
		if (is_before(io, lowest))
			lowest = io;
		if (is_ahead(disk, io) && is_before(io, next))
			next = io;
	}
	return next ?: lowest;
}

/* Lock held. */
static void serve_next(struct rotating *disk)
{
	struct rotating_io *io = choose(disk);

	disk->served = NULL;
	if (!io)
		return;
	list_del(&io->list);
	disk->served = io->bio;
	hrtimer_start(&disk->timer, ns_to_ktime(service_ns(disk, io->bio)),
		      HRTIMER_MODE_REL);
}

static void rotating_work(struct work_struct *work)
{
	struct rotating *disk = container_of(work, struct rotating, work);
	struct bio *bio;

	spin_lock_irq(&disk->lock);
	bio = disk->served;
	disk->head_sector = bio_end_sector(bio);
	serve_next(disk);
	spin_unlock_irq(&disk->lock);
	submit_bio_noacct(bio);
}

static enum hrtimer_restart rotating_timer(struct hrtimer *timer)
{
	struct rotating *disk = container_of(timer, struct rotating, timer);

	queue_work(system_highpri_wq, &disk->work);
	return HRTIMER_NORESTART;
}

static int rotating_map(struct dm_target *ti, struct bio *bio)
{
	struct rotating_io *io = dm_per_bio_data(bio, sizeof(*io));
	struct rotating *disk = ti->private;
	unsigned long flags;

	bio_set_dev(bio, disk->dev->bdev);
	io->bio = bio;
	spin_lock_irqsave(&disk->lock, flags);
	list_add_tail(&io->list, &disk->waiting);
	if (!disk->served)
		serve_next(disk);
	spin_unlock_irqrestore(&disk->lock, flags);
	return DM_MAPIO_SUBMITTED;
}

static int rotating_ctr(struct dm_target *ti, unsigned int argc, char **argv)
{
	struct rotating *disk;
	int r;

	if (argc != 1) {
		ti->error = "one argument, a device";
		return -EINVAL;
	}
	disk = kzalloc(sizeof(*disk), GFP_KERNEL);
	if (!disk)
		return -ENOMEM;
	r = dm_get_device(ti, argv[0], dm_table_get_mode(ti->table), &disk->dev);
	if (r) {
		kfree(disk);
		ti->error = "no such device";
		return r;
	}
	disk->size_sectors = ti->len;
	spin_lock_init(&disk->lock);
	INIT_LIST_HEAD(&disk->waiting);
	INIT_WORK(&disk->work, rotating_work);
	hrtimer_init(&disk->timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	disk->timer.function = rotating_timer;
	ti->num_flush_bios = 0; /* no cache */
	ti->per_io_data_size = sizeof(struct rotating_io);
	ti->private = disk;
	return 0;
}

/* Device mapper has waited for all bios. */
static void rotating_dtr(struct dm_target *ti)
{
	struct rotating *disk = ti->private;

	hrtimer_cancel(&disk->timer);
	cancel_work_sync(&disk->work);
	dm_put_device(ti, disk->dev);
	kfree(disk);
}

static struct target_type rotating_target = {
	.name = "rotating",
	.version = {1, 0, 0},
	.module = THIS_MODULE,
	.ctr = rotating_ctr,
	.dtr = rotating_dtr,
	.map = rotating_map,
};
module_dm(rotating);

MODULE_DESCRIPTION("A disk that turns, for dm-fvd's benchmark");
MODULE_LICENSE("GPL");
