// SPDX-License-Identifier: GPL-2.0-only
/*
 * Power rails: creation, users, trace ring.
 *
 * I-RAIL-1: a rail lives as long as a device is attached to it, or is about to
 * be.
 * I-RAIL-2: what a table line asks of a rail that other dm devices use is
 * either what the rail already has or refused; nothing changes behind their
 * back. A reload of the only user may change it, at resume, if it still is the
 * only one then.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "sim-engine.h"
#include "sim-rail.h"
#include "sim-tracepoint.h"

static LIST_HEAD(sim_rails);
static DEFINE_MUTEX(sim_rails_mutex);

static void sim_rail_free(struct sim_rail *rail)
{
	if (rail->workqueue) {
		cancel_delayed_work_sync(&rail->work);
		destroy_workqueue(rail->workqueue);
	}
	sim_debugfs_remove(rail);
	vfree(rail->replay.records);
	kvfree(rail->bounce);
	vfree(rail->records);
	mutex_destroy(&rail->exec);
	kfree(rail);
}

static struct sim_rail *sim_rail_create(const char *name)
{
	struct sim_rail *rail = kzalloc(sizeof(*rail), GFP_KERNEL);

	if (!rail)
		return NULL;
	strscpy(rail->name, name, sizeof(rail->name));
	mutex_init(&rail->exec);
	spin_lock_init(&rail->lock);
	INIT_LIST_HEAD(&rail->devices);
	INIT_LIST_HEAD(&rail->queue);
	init_waitqueue_head(&rail->wait);
	INIT_DELAYED_WORK(&rail->work, sim_engine_work);
	rail->powered = true;
	sim_rail_restart(rail);
	rail->records = vzalloc(array_size(SIM_TRACE_RECORDS,
					   sizeof(*rail->records)));
	rail->bounce = kvmalloc(SIM_BOUNCE_BYTES, GFP_KERNEL);
	rail->workqueue = alloc_ordered_workqueue("dm-sim", WQ_MEM_RECLAIM);
	if (!rail->records || !rail->bounce || !rail->workqueue) {
		sim_rail_free(rail);
		return NULL;
	}
	sim_debugfs_add(rail);
	return rail;
}

static struct sim_rail *sim_rail_find(const char *name)
{
	struct sim_rail *rail;

	list_for_each_entry(rail, &sim_rails, list) {
		if (!strcmp(rail->name, name))
			return rail;
	}
	return NULL;
}

/* Does another dm device than that of @sim use the rail? */
static bool sim_rail_shared(struct sim_rail *rail, struct sim_device *sim)
{
	struct sim_device *other;

	list_for_each_entry(other, &rail->devices, list) {
		if (other->owner != sim->owner)
			return true;
	}
	return false;
}

static int sim_rail_conflict(struct sim_rail *rail, const char *key,
			     struct sim_text *why)
{
	sim_text_add(why, "Feature %s conflicts with the other devices of rail %s",
		     key, rail->name);
	return -EBUSY;
}

static int sim_rail_check(struct sim_rail *rail, struct sim_device *sim,
			  struct sim_text *why)
{
	if (!sim_rail_shared(rail, sim))
		return 0;
	if (sim->has_seed && sim->wanted_seed != rail->seed)
		return sim_rail_conflict(rail, "seed", why);
	if (sim->has_mode && sim->wanted_mode != rail->mode)
		return sim_rail_conflict(rail, "mode", why);
	if (sim->has_max_delay_us &&
	    sim->wanted_max_delay_us != rail->max_delay_us)
		return sim_rail_conflict(rail, "max_delay_us", why);
	return 0;
}

/* The lowest free index, so that equal set-ups have equal traces. */
static u16 sim_rail_free_index(struct sim_rail *rail)
{
	struct sim_device *other;
	u16 index = 0;

restart:
	list_for_each_entry(other, &rail->devices, list) {
		if (other->index == index) {
			index++;
			goto restart;
		}
	}
	return index;
}

/* A reloaded table takes the place of the old one of the same dm device. */
static u16 sim_rail_index(struct sim_rail *rail, struct sim_device *sim)
{
	struct sim_device *other;

	list_for_each_entry(other, &rail->devices, list) {
		if (other->owner == sim->owner && other->begin == sim->begin &&
		    other->table != sim->table)
			return other->index;
	}
	return sim_rail_free_index(rail);
}

int sim_rail_apply(struct sim_device *sim, struct sim_text *why)
{
	struct sim_rail *rail = sim->rail;
	int r = sim_rail_check(rail, sim, why); /* I-RAIL-2 */

	if (r)
		return r;
	if (sim->has_seed && rail->seed != sim->wanted_seed) {
		rail->seed = sim->wanted_seed;
		if (!rail->pending)
			sim_rail_restart(rail);
	}
	if (sim->has_mode)
		rail->mode = sim->wanted_mode;
	if (sim->has_max_delay_us)
		rail->max_delay_us = sim->wanted_max_delay_us;
	/* Once: a resume without a reload keeps what messages changed. */
	sim->has_seed = false;
	sim->has_mode = false;
	sim->has_max_delay_us = false;
	return 0;
}

/* Find or create a rail, and keep it. I-RAIL-1 */
static struct sim_rail *sim_rail_get(const char *name, bool private)
{
	struct sim_rail *rail;

	mutex_lock(&sim_rails_mutex);
	rail = sim_rail_find(name);
	if (!rail) {
		rail = sim_rail_create(name);
		if (!rail)
			goto out;
		rail->private = private;
		list_add_tail(&rail->list, &sim_rails);
	}
	rail->users++;
out:
	mutex_unlock(&sim_rails_mutex);
	return rail;
}

/*
 * The last one frees it, before there may be another of its name in debugfs.
 * What the worker still does then has no device to wait for.
 */
static void sim_rail_put(struct sim_rail *rail)
{
	mutex_lock(&sim_rails_mutex);
	if (!--rail->users) {
		list_del(&rail->list);
		sim_rail_free(rail);
	}
	mutex_unlock(&sim_rails_mutex);
}

/* The first device changes the rail at once, others at resume. */
static int sim_rail_add(struct sim_rail *rail, struct sim_device *sim,
			struct sim_text *why)
{
	int r = list_empty(&rail->devices) ? sim_rail_apply(sim, why) :
					     sim_rail_check(rail, sim, why);

	if (r)
		return r;
	sim->index = sim_rail_index(rail, sim);
	list_add_tail(&sim->list, &rail->devices);
	sim_rail_update_direct(rail);
	return 0;
}

int sim_rail_attach(struct sim_device *sim, const char *name, bool private,
		    struct sim_text *why)
{
	struct sim_rail *rail = sim_rail_get(name, private);
	int r;

	if (!rail) {
		sim_text_add(why, "Cannot allocate rail %s", name);
		return -ENOMEM;
	}
	sim->rail = rail;
	mutex_lock(&rail->exec);
	spin_lock_irq(&rail->lock);
	r = sim_rail_add(rail, sim, why);
	spin_unlock_irq(&rail->lock);
	mutex_unlock(&rail->exec);
	if (r) {
		sim->rail = NULL;
		sim_rail_put(rail);
	}
	return r;
}

bool sim_rail_is_below(struct sim_device *sim, const char *name)
{
	struct sim_device *other;
	struct sim_rail *rail;
	bool below = false;

	mutex_lock(&sim_rails_mutex);
	rail = sim_rail_find(name);
	if (rail) {
		spin_lock_irq(&rail->lock);
		list_for_each_entry(other, &rail->devices, list)
			below |= other->owner == sim->lower->bd_disk;
		spin_unlock_irq(&rail->lock);
	}
	mutex_unlock(&sim_rails_mutex);
	return below;
}

void sim_rail_detach(struct sim_device *sim)
{
	struct sim_rail *rail = sim->rail;

	mutex_lock(&rail->exec);
	spin_lock_irq(&rail->lock);
	list_del(&sim->list);
	sim_device_set_stopping(sim, false);
	spin_unlock_irq(&rail->lock);
	mutex_unlock(&rail->exec);
	sim->rail = NULL;
	sim_rail_put(rail);
}

void sim_rail_restart(struct sim_rail *rail)
{
	struct sim_device *sim;

	/* What the seed decides is a function of the run, not of those before. */
	list_for_each_entry(sim, &rail->devices, list)
		sim->destages_of_run = 0;
	rail->number = 0;
	rail->positions = 0;
	rail->traced_from = 0;
	rail->decisions_hash = SIM_TRACE_HASH_START;
	rail->events_hash = SIM_TRACE_HASH_START;
}

void sim_rail_trace(struct sim_rail *rail, struct sim_trace_record *record)
{
	record->position = ++rail->positions;
	rail->events_hash = sim_trace_hash(rail->events_hash, record);
	if (record->kind == SIM_KIND_ARRIVE)
		rail->decisions_hash = sim_trace_hash(rail->decisions_hash,
						      record);
	rail->records[rail->positions % SIM_TRACE_RECORDS] = *record;
	trace_dm_sim_event(rail->name, record);
}

bool sim_rail_trace_read(struct sim_rail *rail, u64 *position,
			 struct sim_trace_record *record)
{
	bool found = false;
	u64 oldest;

	spin_lock_irq(&rail->lock);
	oldest = rail->traced_from + 1;
	if (rail->positions >= SIM_TRACE_RECORDS)
		oldest = max(oldest, rail->positions - SIM_TRACE_RECORDS + 1);
	*position = max(*position, oldest);
	if (*position <= rail->positions) {
		*record = rail->records[*position % SIM_TRACE_RECORDS];
		found = true;
	}
	spin_unlock_irq(&rail->lock);
	return found;
}

void sim_rail_update_direct(struct sim_rail *rail)
{
	struct sim_device *sim;

	list_for_each_entry(sim, &rail->devices, list)
		WRITE_ONCE(sim->direct,
			   rail->powered && !rail->cutting &&
			   rail->mode == SIM_MODE_PASS &&
			   !rail->replay.running && !sim->traced &&
			   !sim->cache_bytes && !sim->rule_count &&
			   sim->block_bytes ==
				   bdev_logical_block_size(sim->lower));
}

void sim_device_set_stopping(struct sim_device *sim, bool stopping)
{
	if (sim->stopping == stopping)
		return;
	sim->stopping = stopping;
	if (stopping)
		sim->rail->stopping++;
	else
		sim->rail->stopping--;
}

void sim_rail_kick(struct sim_rail *rail)
{
	mod_delayed_work(rail->workqueue, &rail->work, 0);
}
