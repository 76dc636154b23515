// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dm glue of the target "sim": map, end_io, suspend and resume.
 *
 * A device that has nothing to simulate is dm-linear: bios are remapped here.
 * All others go into the engine.
 *
 * I-TGT-1: from presuspend on nothing of the device is held or delayed, with
 * noflush as without: the events run in their order until none is left. So a
 * suspend takes as long as the lower device, and bios succeed or fail as their
 * rules say.
 * I-TGT-2: after postsuspend all cached writes are on the lower device. A
 * suspend is an orderly stop, a power cut is not.
 */
#include <linux/module.h>

#include "dm-sim.h"

static bool sim_is_aligned(const struct sim_device *sim, const struct bio *bio)
{
	sector_t within = dm_target_offset(sim->ti, bio->bi_iter.bi_sector) |
			  bio_sectors(bio);

	return !(within & ((sim->block_bytes >> SECTOR_SHIFT) - 1));
}

/*
 * A target above may send what user space can not. A disk refuses that; a lower
 * device whose blocks are smaller would not.
 */
static void sim_refuse_unaligned(struct sim_device *sim, const struct bio *bio)
{
	struct sim_counters __percpu *counters =
		&sim->counters->op[sim_engine_op(bio)];

	this_cpu_inc(counters->bios);
	this_cpu_inc(counters->failed);
	DMERR_LIMIT("%s: sectors %llu+%u are no whole blocks of %u bytes",
		    dm_device_name(dm_table_get_md(sim->ti->table)),
		    (unsigned long long)dm_target_offset(sim->ti, bio->bi_iter.bi_sector),
		    bio_sectors(bio), sim->block_bytes);
}

static int sim_arrive(struct sim_device *sim, struct sim_io *io, struct bio *bio)
{
	if (unlikely(!sim_is_aligned(sim, bio))) {
		sim_refuse_unaligned(sim, bio);
		return DM_MAPIO_KILL;
	}
	return sim_engine_arrive(sim, io, bio) ? DM_MAPIO_SUBMITTED : DM_MAPIO_KILL;
}

static int sim_map(struct dm_target *ti, struct bio *bio)
{
	struct sim_io *io = dm_per_bio_data(bio, sizeof(*io));
	struct sim_device *sim = ti->private;
	struct sim_counters __percpu *counters;

	/*
	 * Pairs with synchronize_rcu() in sim_power_drain(). This kind of reader
	 * is inline; the whole path may cost 100 instructions.
	 */
	rcu_read_lock_sched();
	io->direct = READ_ONCE(sim->direct);
	if (io->direct)
		this_cpu_inc(sim->counters->direct);
	rcu_read_unlock_sched();
	if (unlikely(!io->direct))
		return sim_arrive(sim, io, bio);

	io->request.op = sim_engine_op(bio);
	/* Read back, or each address is made of what the op may be: 8 more. */
	counters = &sim->counters->op[READ_ONCE(io->request.op)];
	this_cpu_inc(counters->bios);
	this_cpu_add(counters->sectors, bio_sectors(bio));
	bio_set_dev(bio, sim->lower);
	bio->bi_iter.bi_sector = sim->start +
		dm_target_offset(ti, bio->bi_iter.bi_sector);
	return DM_MAPIO_REMAPPED;
}

static int sim_end_io(struct dm_target *ti, struct bio *bio, blk_status_t *error)
{
	struct sim_io *io = dm_per_bio_data(bio, sizeof(*io));
	struct sim_device *sim = ti->private;

	if (!io->direct)
		return DM_ENDIO_DONE;
	if (unlikely(*error))
		this_cpu_inc(sim->counters->op[io->request.op].failed);
	this_cpu_dec(sim->counters->direct);
	return DM_ENDIO_DONE;
}

static void sim_set_stopping(struct sim_device *sim, bool stopping)
{
	struct sim_rail *rail = sim->rail;

	spin_lock_irq(&rail->lock);
	sim_device_set_stopping(sim, stopping);
	spin_unlock_irq(&rail->lock);
	wake_up_all(&rail->wait);
	sim_rail_kick(rail);
}

static void sim_presuspend(struct dm_target *ti)
{
	sim_set_stopping(ti->private, true);
}

static void sim_presuspend_undo(struct dm_target *ti)
{
	sim_set_stopping(ti->private, false);
}

static void sim_postsuspend(struct dm_target *ti)
{
	struct sim_device *sim = ti->private;
	enum sim_status status = SIM_STATUS_OK;

	mutex_lock(&sim->rail->exec);
	if (sim->cache.versions) {
		status = sim_effect_destage(sim, U64_MAX);
		if (!status && blkdev_issue_flush(sim->lower))
			status = SIM_STATUS_IOERR;
	}
	mutex_unlock(&sim->rail->exec);
	if (status)
		DMERR("%s: %llu cached bytes could not be written: %s",
		      dm_device_name(dm_table_get_md(ti->table)),
		      (unsigned long long)sim->cache_used_bytes,
		      sim_status_names[status]);
}

static int sim_preresume(struct dm_target *ti)
{
	struct sim_device *sim = ti->private;
	char message[160];
	struct sim_text why;
	int r;

	sim_text_init(&why, message, sizeof(message));
	spin_lock_irq(&sim->rail->lock);
	r = sim_rail_apply(sim, &why);
	spin_unlock_irq(&sim->rail->lock);
	if (r)
		DMERR("%s: %s", dm_device_name(dm_table_get_md(ti->table)), message);
	return r;
}

static void sim_resume(struct dm_target *ti)
{
	struct sim_device *sim = ti->private;

	spin_lock_irq(&sim->rail->lock);
	sim_device_set_stopping(sim, false);
	sim_rail_update_direct(sim->rail);
	spin_unlock_irq(&sim->rail->lock);
	sim_rail_kick(sim->rail);
}

static int sim_prepare_ioctl(struct dm_target *ti, struct block_device **bdev)
{
	struct sim_device *sim = ti->private;

	*bdev = sim->lower;
	/* Only a mapping of the whole device passes raw commands on. */
	return sim->start || sim->sectors != bdev_nr_sectors(*bdev);
}

static int sim_iterate_devices(struct dm_target *ti, iterate_devices_callout_fn fn,
			       void *data)
{
	struct sim_device *sim = ti->private;

	return fn(ti, sim->lower_dev, sim->start, ti->len, data);
}

/* Zeroes are cached block by block: not more than this at a time. */
#define SIM_ZEROES_SECTORS_MAX 2048

static void sim_io_hints(struct dm_target *ti, struct queue_limits *limits)
{
	struct sim_device *sim = ti->private;

	limits->logical_block_size = max(limits->logical_block_size,
					 sim->block_bytes);
	limits->physical_block_size = max(limits->physical_block_size,
					  limits->logical_block_size);
	limits->io_min = max(limits->io_min, limits->physical_block_size);
	limits->max_write_zeroes_sectors = min_t(u32, SIM_ZEROES_SECTORS_MAX,
						 limits->max_write_zeroes_sectors);
}

static struct target_type sim_target = {
	.name = "sim",
	.version = {1, 0, 0},
	.module = THIS_MODULE,
	.ctr = sim_ctr,
	.dtr = sim_dtr,
	.map = sim_map,
	.end_io = sim_end_io,
	.presuspend = sim_presuspend,
	.presuspend_undo = sim_presuspend_undo,
	.postsuspend = sim_postsuspend,
	.preresume = sim_preresume,
	.resume = sim_resume,
	.status = sim_status,
	.message = sim_message,
	.prepare_ioctl = sim_prepare_ioctl,
	.iterate_devices = sim_iterate_devices,
	.io_hints = sim_io_hints,
};

static int __init sim_init(void)
{
	int r;

	sim_debugfs_init();
	r = dm_register_target(&sim_target);
	if (r)
		sim_debugfs_exit();
	return r;
}

static void __exit sim_exit(void)
{
	dm_unregister_target(&sim_target);
	sim_debugfs_exit();
}

module_init(sim_init);
module_exit(sim_exit);

MODULE_DESCRIPTION(DM_NAME " target that reorders, fails and loses power on command");
MODULE_LICENSE("GPL");
