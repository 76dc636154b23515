// SPDX-License-Identifier: GPL-2.0-only
/*
 * Power cuts: one instant for all devices of a rail.
 *
 * The unflushed blocks of a rail are the cached versions and the blocks of
 * writes that arrived and had no effect yet: a disk may be anywhere in them
 * when its power fails. They are laid out as units, each group is decided upon
 * (sim-cut.c), and what survived is written to the lower devices.
 *
 * I-PWR-1: the instant lies between two effects (rail->exec). No bio that was
 * in flight at it succeeds, no bio that arrives after it does, until power_on.
 * I-PWR-2: bios that were remapped directly have ended before the instant.
 * I-PWR-3: if the units can not be laid out, nothing has happened.
 */
#include <linux/delay.h>
#include <linux/rcupdate.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "sim-engine.h"
#include "sim-random.h"

/* In sim_unit.offset_bytes: the source is a version, not a bio. */
#define SIM_SOURCE_VERSION U32_MAX

/*
 * Does an unexecuted bio take part in the cut? What came after the bio that a
 * rule cuts at does not, or the outcome would depend on how fast it came.
 */
static bool sim_power_takes_part(const struct sim_rail *rail,
				 const struct sim_io *io)
{
	if (io->phase != SIM_PHASE_EFFECT)
		return false;
	if (rail->cut_wanted && io->request.number > rail->cut_number)
		return false;
	if (io->request.op != SIM_OP_WRITE && io->request.op != SIM_OP_FUA)
		return false;
	switch (io->decision.action) {
	case SIM_ACTION_PASS:
	case SIM_ACTION_DELAY:
	case SIM_ACTION_HOLD:
	case SIM_ACTION_BREAK:
	case SIM_ACTION_CUT:
		return true;
	default:
		return false;
	}
}

static u32 sim_power_blocks(const struct sim_io *io)
{
	return (io->request.sectors << SECTOR_SHIFT) / io->sim->block_bytes;
}

static void sim_power_fill_io(struct sim_io *io, struct sim_unit *units,
			      u32 room, u32 *count)
{
	u32 block_bytes = io->sim->block_bytes;
	u64 first = div_u64(io->request.sector, block_bytes >> SECTOR_SHIFT);
	u32 i;

	for (i = 0; i < sim_power_blocks(io) && *count < room; i++) {
		units[*count] = (struct sim_unit) {
			.block = first + i,
			.order = *count,
			.number = io->request.number,
			.source = io,
			.offset_bytes = i * block_bytes,
			.device = io->request.device,
			.damage = io->sim->damage,
		};
		(*count)++;
	}
}

static void sim_power_fill_cache(struct sim_device *sim, struct sim_unit *units,
				 u32 room, u32 *count)
{
	struct sim_version *version;

	list_for_each_entry(version, &sim->cache.order, order) {
		if (*count == room)
			return;
		units[*count] = (struct sim_unit) {
			.block = version->block,
			.order = *count,
			.number = version->number,
			.source = version,
			.offset_bytes = SIM_SOURCE_VERSION,
			.device = sim->index,
			.damage = sim->damage,
		};
		(*count)++;
	}
}

/* With @units NULL: count only. Cached versions are older than pending bios. */
static u32 sim_power_fill(struct sim_rail *rail, struct sim_unit *units, u32 room)
{
	struct sim_device *sim;
	struct sim_event *event;
	u32 count = 0;

	list_for_each_entry(sim, &rail->devices, list) {
		if (units)
			sim_power_fill_cache(sim, units, room, &count);
		else
			count += sim->cache.versions;
	}
	spin_lock_irq(&rail->lock);
	list_for_each_entry(event, &rail->queue, list) {
		struct sim_io *io = container_of(event, struct sim_io, event);

		if (!sim_power_takes_part(rail, io))
			continue;
		if (units)
			sim_power_fill_io(io, units, room, &count);
		else
			count += sim_power_blocks(io);
	}
	spin_unlock_irq(&rail->lock);
	return count;
}

/* Bios that arrive between counting and filling find this much room. */
#define SIM_POWER_SPARE_UNITS 4096

static struct sim_unit *sim_power_units(struct sim_rail *rail, u32 *count)
{
	u32 room = sim_power_fill(rail, NULL, 0) + SIM_POWER_SPARE_UNITS;
	struct sim_unit *units = kvmalloc_array(room, sizeof(*units), GFP_NOIO);

	if (!units)
		return NULL;
	*count = sim_power_fill(rail, units, room);
	sim_cut_sort(units, *count);
	return units;
}

int sim_power_states(struct sim_rail *rail, u64 *states, u64 *bits, u32 *count)
{
	struct sim_unit *units = sim_power_units(rail, count);

	if (!units)
		return -ENOMEM;
	*states = sim_cut_states(units, *count, bits);
	kvfree(units);
	return 0;
}

/* Surviving blocks on their way to the lower device, as long as they adjoin. */
struct sim_power_run {
	struct sim_device *sim;
	u64 first;
	u32 count;
	enum sim_status status;
};

static void sim_power_write(struct sim_power_run *run)
{
	enum sim_status status;

	if (run->count) {
		status = sim_effect_bytes(run->sim, REQ_OP_WRITE, run->first *
					  (run->sim->block_bytes >> SECTOR_SHIFT),
					  run->count * run->sim->block_bytes);
		if (status)
			run->status = status;
	}
	run->count = 0;
}

static void sim_power_content(struct sim_device *sim, const struct sim_unit *unit,
			      void *buffer)
{
	struct sim_version *version = unit->source;

	if (unit->offset_bytes != SIM_SOURCE_VERSION)
		sim_effect_copy(unit->source, unit->offset_bytes, buffer,
				sim->block_bytes, false);
	else if (version->data)
		memcpy(buffer, version->data, sim->block_bytes);
	else
		memset(buffer, 0, sim->block_bytes);
}

/* The first bytes are new, the rest is read back from the lower device. */
static void sim_power_torn(struct sim_power_run *run, const struct sim_unit *unit,
			   const struct sim_outcome *outcome)
{
	struct sim_device *sim = run->sim;
	u32 new_bytes = 1 + sim_random_below(outcome->random >> 8,
					     sim->block_bytes - 1);
	u8 *whole = kmalloc(sim->block_bytes, GFP_NOIO);
	enum sim_status status;

	sim_power_write(run);
	if (!whole) {
		run->status = SIM_STATUS_RESOURCE;
		return;
	}
	sim_power_content(sim, unit, whole);
	status = sim_effect_bytes(sim, REQ_OP_READ, unit->block *
				  (sim->block_bytes >> SECTOR_SHIFT),
				  sim->block_bytes);
	memcpy(sim->rail->bounce, whole, new_bytes);
	kfree(whole);
	run->first = unit->block;
	run->count = 1;
	if (status)
		run->status = status;
	sim_power_write(run);
}

static void sim_power_garbage(void *buffer, u32 bytes, u64 random)
{
	u64 *words = buffer;
	u32 i;

	for (i = 0; i < bytes / sizeof(*words); i++)
		words[i] = sim_random(random, SIM_STREAM_DAMAGE, i, 0);
}

static void sim_power_apply(struct sim_power_run *run, struct sim_device *sim,
			    const struct sim_unit *group,
			    const struct sim_outcome *outcome)
{
	const struct sim_unit *unit = &group[outcome->index];
	void *buffer;

	if (run->sim != sim || unit->block != run->first + run->count ||
	    (run->count + 1) * sim->block_bytes > SIM_BOUNCE_BYTES)
		sim_power_write(run);
	run->sim = sim;
	if (outcome->fate == SIM_FATE_TORN) {
		sim_power_torn(run, unit, outcome);
		return;
	}
	if (!run->count)
		run->first = unit->block;
	buffer = sim->rail->bounce + run->count * sim->block_bytes;
	if (outcome->fate == SIM_FATE_GARBAGE)
		sim_power_garbage(buffer, sim->block_bytes, outcome->random);
	else
		sim_power_content(sim, unit, buffer);
	run->count++;
}

/* The instance of a device that holds the unflushed blocks. */
static struct sim_device *sim_power_device(struct sim_rail *rail, u16 index,
					   const struct sim_unit *unit)
{
	struct sim_device *sim;

	if (unit->offset_bytes != SIM_SOURCE_VERSION)
		return ((struct sim_io *)unit->source)->sim;
	list_for_each_entry(sim, &rail->devices, list) {
		/* Two tables of one device have one index, one has a cache. */
		if (sim->index == index && sim->cache.versions)
			return sim;
	}
	return NULL;
}

static enum sim_status sim_power_decide(struct sim_rail *rail, struct sim_cut *cut,
					struct sim_unit *units, u32 count,
					struct sim_cut_result *result)
{
	struct sim_power_run run = {};
	u32 at, length;

	for (at = 0; at < count; at += length) {
		struct sim_unit *group = units + at;
		struct sim_outcome outcome;
		struct sim_device *sim;

		length = sim_cut_group(group, count - at);
		sim_cut_decide(cut, group, length, &outcome);
		result->blocks++;
		if (outcome.fate == SIM_FATE_OLD)
			continue;
		sim = sim_power_device(rail, group->device,
				       &group[outcome.index]);
		if (!sim)
			continue;
		result->kept += outcome.fate == SIM_FATE_NEW;
		result->torn += outcome.fate == SIM_FATE_TORN;
		result->garbage += outcome.fate == SIM_FATE_GARBAGE;
		sim_power_apply(&run, sim, group, &outcome);
	}
	sim_power_write(&run);
	return run.status;
}

static void sim_power_trace(struct sim_rail *rail, enum sim_kind kind, s64 argument)
{
	struct sim_trace_record record = { .kind = kind, .argument = argument };

	if (kind == SIM_KIND_CUT)
		record.number = rail->number;
	sim_rail_trace(rail, &record);
	sim_replay_input(&rail->replay, kind);
}

/* Everything that is in flight fails, everything that is cached is gone. */
static void sim_power_abandon(struct sim_rail *rail)
{
	struct sim_device *sim;
	struct sim_io *io;

	while ((io = sim_engine_take(rail, 0)) != NULL) {
		io->status = SIM_STATUS_IOERR;
		sim_engine_finish(rail, io);
	}
	list_for_each_entry(sim, &rail->devices, list)
		sim_effect_forget(sim);
}

static long sim_power_direct(struct sim_rail *rail)
{
	struct sim_device *sim;
	long in_flight = 0;
	int cpu;

	list_for_each_entry(sim, &rail->devices, list) {
		for_each_possible_cpu(cpu)
			in_flight += READ_ONCE(per_cpu_ptr(sim->counters, cpu)->direct);
	}
	return in_flight;
}

/* Under exec; a resume and the end of a replay look at it without exec. */
static void sim_power_set_cutting(struct sim_rail *rail, bool cutting)
{
	spin_lock_irq(&rail->lock);
	rail->cutting = cutting;
	sim_rail_update_direct(rail);
	spin_unlock_irq(&rail->lock);
}

/* Stop the direct way and wait until nothing is on it. I-PWR-2 */
static void sim_power_drain(struct sim_rail *rail)
{
	sim_power_set_cutting(rail, true);
	/*
	 * Pairs with rcu_read_lock_sched() in sim_map(). Also when no device was
	 * direct now: a rule may just have ended it, and a mapper have seen it.
	 */
	synchronize_rcu();
	while (sim_power_direct(rail))
		usleep_range(1000, 2000);
}

static int sim_power_check(struct sim_rail *rail, struct sim_cut *cut,
			   struct sim_unit *units, u32 count,
			   struct sim_cut_result *result, struct sim_text *why)
{
	result->unflushed = count;
	result->states = sim_cut_states(units, count, NULL);
	if (cut->kind != SIM_CUT_STATE || cut->state < result->states)
		return 0;
	sim_text_add(why, "state %llu: there are only %llu, from 0 on",
		     (unsigned long long)cut->state,
		     (unsigned long long)result->states);
	return -ERANGE;
}

static int sim_power_cut_noio(struct sim_rail *rail, struct sim_cut *cut,
			      struct sim_cut_result *result, struct sim_text *why)
{
	enum sim_status status;
	struct sim_unit *units;
	u32 count = 0;
	int r;

	sim_power_drain(rail);
	units = sim_power_units(rail, &count);
	/* If nothing survives there is nothing to lay out. */
	if (!units && cut->kind != SIM_CUT_NONE) {
		sim_power_set_cutting(rail, false);
		sim_text_add(why, "no memory to lay out the unflushed blocks");
		return -ENOMEM;
	}
	r = sim_power_check(rail, cut, units, count, result, why);
	if (r) {
		sim_power_set_cutting(rail, false);
		goto out;
	}
	/* The instant. Bios that came since the units were laid out are lost. */
	spin_lock_irq(&rail->lock);
	WRITE_ONCE(rail->powered, false);
	rail->cutting = false;
	rail->cut_wanted = false;
	rail->cuts++;
	spin_unlock_irq(&rail->lock);
	status = sim_power_decide(rail, cut, units, count, result);
	spin_lock_irq(&rail->lock);
	sim_power_trace(rail, SIM_KIND_CUT,
			result->kept + result->torn + result->garbage);
	spin_unlock_irq(&rail->lock);
	sim_power_abandon(rail);
	if (status) {
		sim_text_add(why, "the lower device failed (%s): not all that should survive did",
			     sim_status_names[status]);
		r = -EIO;
	}
out:
	kvfree(units);
	return r;
}

int sim_power_cut(struct sim_rail *rail, struct sim_cut *cut,
		  struct sim_cut_result *result, struct sim_text *why)
{
	unsigned int noio;
	int r;

	memset(result, 0, sizeof(*result));
	if (!rail->powered) {
		spin_lock_irq(&rail->lock);
		rail->cut_wanted = false;
		spin_unlock_irq(&rail->lock);
		sim_text_add(why, "the power is off already");
		return -EALREADY;
	}
	noio = memalloc_noio_save();
	r = sim_power_cut_noio(rail, cut, result, why);
	memalloc_noio_restore(noio);
	wake_up_all(&rail->wait);
	return r;
}

void sim_power_on(struct sim_rail *rail)
{
	spin_lock_irq(&rail->lock);
	if (!rail->powered) {
		WRITE_ONCE(rail->powered, true);
		sim_power_trace(rail, SIM_KIND_ON, 0);
	}
	sim_rail_update_direct(rail);
	spin_unlock_irq(&rail->lock);
	wake_up_all(&rail->wait);
}
