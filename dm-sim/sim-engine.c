// SPDX-License-Identifier: GPL-2.0-only
/*
 * The engine of dm-sim: bios become events, events are executed one by one.
 *
 * A bio is decided upon when it arrives, under rail->lock, in the order of
 * arrival. Its two events wait in rail->queue and are executed by whoever
 * holds rail->exec: the worker of the rail, or a message in manual mode.
 *
 * I-ENG-1: one effect at a time on a rail, synchronously. So the order of
 * effects is exactly the order of the trace, reads and writes that overlap can
 * not race, and a power cut falls between two effects.
 * I-ENG-2: a bio is in the queue, or in the hands of the holder of exec, or
 * given back. So nothing is lost and nothing leaks.
 * I-ENG-3: once sim->stopping is set all events of the device run without
 * being told, so a suspend never waits for a human.
 * I-ENG-4: no memory is allocated between arrival and completion except cached
 * versions, and those have a way without memory.
 *
 * Parallel effects were left out on purpose: this is not a fast disk.
 */
#include <linux/delay.h>
#include <linux/sched/mm.h>

#include "sim-engine.h"

static void sim_engine_record(struct sim_io *io, enum sim_kind kind,
			      struct sim_trace_record *record)
{
	*record = (struct sim_trace_record) {
		.number = io->request.number,
		.sector = io->request.sector,
		.sectors = io->request.sectors,
		.device = io->request.device,
		.kind = kind,
		.op = io->request.op,
		.tag = io->decision.tag,
		.action = io->decision.action,
		.argument = io->decision.argument,
		.state = io->decision.state,
		.status = kind == SIM_KIND_ARRIVE ? io->decision.status : io->status,
		.time = io->time,
	};
}

static void sim_engine_trace(struct sim_rail *rail, struct sim_io *io,
			     enum sim_kind kind)
{
	struct sim_trace_record record;

	sim_engine_record(io, kind, &record);
	sim_rail_trace(rail, &record);
}

static void sim_engine_count(struct sim_io *io)
{
	struct sim_counters __percpu *counters =
		&io->sim->counters->op[io->request.op];

	this_cpu_inc(counters->bios);
	this_cpu_add(counters->sectors, io->request.sectors);
	switch (io->decision.action) {
	case SIM_ACTION_DELAY:
	case SIM_ACTION_HOLD:
	case SIM_ACTION_BREAK:
		this_cpu_inc(counters->delayed);
		break;
	case SIM_ACTION_LOSE:
		this_cpu_inc(counters->lost);
		break;
	default:
		break;
	}
}

/* Virtual times of both events; a delayed bio is also late in virtual time. */
static void sim_engine_times(struct sim_rail *rail, struct sim_io *io)
{
	u64 number = io->request.number;
	u64 delay = 0;

	io->event.number = number;
	io->time = 0;			/* In order of arrival, */
	io->completion_time = 0;	/* unless the mode is auto. */
	if (rail->mode == SIM_MODE_AUTO) {
		if (io->decision.action == SIM_ACTION_DELAY)
			delay = io->decision.argument;
		io->time = sim_schedule_effect(rail->seed, number,
					       rail->max_delay_us);
		io->completion_time = delay +
			sim_schedule_completion(rail->seed, number,
						rail->max_delay_us);
	}
	io->event.time = io->time;
	io->completion_place = io->completion_time;
}

/* Replace what rules and seed decided by what the replayed trace says. */
static void sim_engine_replay(struct sim_rail *rail, struct sim_io *io)
{
	struct sim_trace_record found;
	struct sim_plan plan;

	sim_engine_record(io, SIM_KIND_ARRIVE, &found);
	rail->replay_waits = ktime_get();
	if (!sim_replay_arrive(&rail->replay, &found, &plan)) {
		sim_rail_update_direct(rail);
		return;
	}
	io->decision = plan.decision;
	io->time = plan.time;
	io->completion_time = plan.completion_time;
	io->event.time = plan.effect;
	io->completion_place = plan.completion;
	if (plan.effect == U32_MAX && plan.completion != U32_MAX) {
		io->phase = SIM_PHASE_COMPLETION;
		io->status = plan.status;
		io->time = plan.completion_time;
		io->event.time = plan.completion;
	}
}

/*
 * An input that does not come: only the user knows whether the machine is just
 * slow, so there is no limit unless one was given.
 */
static bool sim_engine_replay_ready(struct sim_rail *rail, struct sim_io *io,
				    s64 *wait_us)
{
	s64 left_us;

	if (!rail->replay.running ||
	    sim_replay_may_run(&rail->replay, io->event.time))
		return true;
	if (!rail->replay_patience_us)
		return false;
	left_us = rail->replay_patience_us -
		ktime_us_delta(ktime_get(), rail->replay_waits);
	if (left_us > 0) {
		*wait_us = min(*wait_us, left_us);
		return false;
	}
	sim_replay_give_up(&rail->replay, NULL);
	sim_rail_update_direct(rail);
	return true;
}

/* A cut by a rule waits for what came before it in the replayed trace. */
static bool sim_engine_cut_ready(struct sim_rail *rail)
{
	struct sim_event *first;

	if (!rail->cut_wanted || !rail->replay.running || list_empty(&rail->queue))
		return rail->cut_wanted;
	first = list_first_entry(&rail->queue, struct sim_event, list);
	return !sim_replay_may_run(&rail->replay, first->time) &&
	       sim_replay_expects(&rail->replay, SIM_KIND_CUT);
}

static void sim_engine_decide(struct sim_rail *rail, struct sim_io *io)
{
	struct sim_device *sim = io->sim;

	sim_rules_decide(&sim->rules, &sim->state, rail->seed, &io->request,
			 &io->decision);
	sim_engine_times(rail, io);
	if (rail->replay.running)
		sim_engine_replay(rail, io);
	sim->coverage[io->request.op][io->decision.action][io->decision.state]++;
	io->held = !rail->replay.running &&
		   (io->decision.action == SIM_ACTION_HOLD ||
		    io->decision.action == SIM_ACTION_BREAK);
	if (io->decision.action == SIM_ACTION_CUT && !rail->cut_wanted) {
		rail->cut_wanted = true;
		rail->cut_number = io->request.number;
	}
}

bool sim_engine_arrive(struct sim_device *sim, struct sim_io *io,
		       struct bio *bio)
{
	struct sim_rail *rail = sim->rail;
	unsigned long flags;
	bool held;

	io->sim = sim;
	io->bio = bio;
	io->iter = bio->bi_iter;
	io->phase = SIM_PHASE_EFFECT;
	io->status = SIM_STATUS_OK;
	io->announced = false;
	io->due = 0;
	io->request.op = sim_engine_op(bio);
	io->request.sectors = bio_sectors(bio);
	io->request.sector = 0;
	if (io->request.sectors)
		io->request.sector = bio->bi_iter.bi_sector - sim->begin;
	io->request.device = sim->index;

	spin_lock_irqsave(&rail->lock, flags);
	if (!rail->powered) {
		spin_unlock_irqrestore(&rail->lock, flags);
		this_cpu_inc(sim->counters->op[io->request.op].failed);
		return false;
	}
	io->request.number = ++rail->number;
	io->arrived = ++rail->stamp;
	sim_engine_decide(rail, io);
	sim_engine_count(io);
	sim_engine_trace(rail, io, SIM_KIND_ARRIVE);
	sim_schedule_insert(&rail->queue, &io->event);
	rail->pending++;
	held = io->held;
	spin_unlock_irqrestore(&rail->lock, flags);

	/* From here on the bio may be completed, and its memory free. */
	if (held)
		wake_up_all(&rail->wait);
	sim_rail_kick(rail);
	return true;
}

static void sim_engine_remove(struct sim_rail *rail, struct sim_io *io)
{
	list_del_init(&io->event.list);
	rail->pending--;
}

struct sim_io *sim_engine_take(struct sim_rail *rail, u64 number)
{
	struct sim_io *found = NULL;
	struct sim_event *event;

	spin_lock_irq(&rail->lock);
	list_for_each_entry(event, &rail->queue, list) {
		if (number && event->number != number)
			continue;
		found = container_of(event, struct sim_io, event);
		sim_engine_remove(rail, found);
		break;
	}
	spin_unlock_irq(&rail->lock);
	return found;
}

void sim_engine_finish(struct sim_rail *rail, struct sim_io *io)
{
	struct bio *bio = io->bio;
	u64 stamp;

	io->phase = SIM_PHASE_COMPLETION;
	if (io->status)
		this_cpu_inc(io->sim->counters->op[io->request.op].failed);
	spin_lock_irq(&rail->lock);
	stamp = ++rail->stamp;
	sim_engine_trace(rail, io, SIM_KIND_COMPLETE);
	spin_unlock_irq(&rail->lock);
	/* Before the submitter can know of it: its flush comes later. */
	sim_effect_completed(io, stamp);
	bio->bi_status = sim_status_to_block(io->status);
	bio_endio(bio);
}

/* After the effect: wait for the turn of the completion? */
static bool sim_engine_completes_later(struct sim_rail *rail, struct sim_io *io)
{
	if (io->sim->stopping)
		return false;
	return rail->mode != SIM_MODE_PASS || rail->replay.running ||
	       ktime_after(io->due, ktime_get());
}

static void sim_engine_effect(struct sim_rail *rail, struct sim_io *io)
{
	bool later;

	if (io->decision.action == SIM_ACTION_DELAY && !rail->replay.running)
		io->due = ktime_add_us(ktime_get(), io->decision.argument);
	io->status = sim_effect(io);
	io->phase = SIM_PHASE_COMPLETION;
	io->held = false;
	spin_lock_irq(&rail->lock);
	rail->stamp++;
	sim_engine_trace(rail, io, SIM_KIND_EFFECT);
	io->time = io->completion_time;
	io->event.time = io->completion_place;
	later = sim_engine_completes_later(rail, io);
	if (later) {
		sim_schedule_insert(&rail->queue, &io->event);
		rail->pending++;
	}
	spin_unlock_irq(&rail->lock);
	if (!later)
		sim_engine_finish(rail, io);
}

void sim_engine_step(struct sim_rail *rail, struct sim_io *io)
{
	unsigned int noio = memalloc_noio_save();

	if (io->phase == SIM_PHASE_EFFECT)
		sim_engine_effect(rail, io);
	else
		sim_engine_finish(rail, io);
	memalloc_noio_restore(noio);
}

/* Can the event run now? If only time is missing, @wait_us says how much. */
static bool sim_engine_ready(struct sim_rail *rail, struct sim_io *io,
			     s64 *wait_us)
{
	s64 left_us;

	if (io->sim->stopping)
		return true;	/* I-ENG-3 */
	if (io->held || (rail->mode == SIM_MODE_MANUAL && !rail->replay.running))
		return false;
	left_us = ktime_us_delta(io->due, ktime_get());
	if (left_us > 0) {
		*wait_us = min(*wait_us, left_us);
		return false;
	}
	return sim_engine_replay_ready(rail, io, wait_us);
}

/* The next event that may run, out of the queue; or NULL and the time to wait. */
static struct sim_io *sim_engine_next(struct sim_rail *rail, s64 *wait_us)
{
	struct sim_event *event;

	*wait_us = S64_MAX;
	list_for_each_entry(event, &rail->queue, list) {
		struct sim_io *io = container_of(event, struct sim_io, event);

		if (!sim_engine_ready(rail, io, wait_us))
			continue;
		sim_engine_remove(rail, io);
		return io;
	}
	return NULL;
}

static void sim_engine_cut_by_rule(struct sim_rail *rail)
{
	struct sim_cut_result result;
	char message[120];
	struct sim_text why;
	struct sim_cut cut = rail->cut;
	int r;

	if (!rail->cut_given) {
		memset(&cut, 0, sizeof(cut));
		cut.kind = SIM_CUT_SEED;
	}
	/* Another seed for each cut, yet a function of the run. */
	cut.seed += rail->seed + rail->cut_number;
	sim_text_init(&why, message, sizeof(message));
	r = sim_power_cut(rail, &cut, &result, &why);
	if (r == -ERANGE || r == -ENOMEM) {
		cut.kind = SIM_CUT_NONE;
		r = sim_power_cut(rail, &cut, &result, &why);
	}
	if (r)
		pr_warn_ratelimited("dm-sim: rail %s: power cut by a rule: %s\n",
				    rail->name, message);
}

/* One event or one power cut. Returns false when there is nothing to do now. */
static bool sim_engine_once(struct sim_rail *rail)
{
	struct sim_io *io = NULL;
	s64 wait_us = S64_MAX;
	bool cut;

	mutex_lock(&rail->exec);
	spin_lock_irq(&rail->lock);
	cut = sim_engine_cut_ready(rail);
	if (!cut)
		io = sim_engine_next(rail, &wait_us);
	spin_unlock_irq(&rail->lock);
	if (cut)
		sim_engine_cut_by_rule(rail);
	else if (io)
		sim_engine_step(rail, io);
	mutex_unlock(&rail->exec);
	if (cut || io)
		return true;
	if (wait_us != S64_MAX)
		queue_delayed_work(rail->workqueue, &rail->work,
				   usecs_to_jiffies(min_t(s64, wait_us, USEC_PER_SEC)) + 1);
	return false;
}

void sim_engine_work(struct work_struct *work)
{
	struct sim_rail *rail = container_of(to_delayed_work(work),
					     struct sim_rail, work);
	u32 pause_us;

	do {
		cond_resched();
		if (READ_ONCE(rail->mode) != SIM_MODE_AUTO ||
		    READ_ONCE(rail->stopping))
			continue;
		/* Let bios gather, or there is nothing to choose from. */
		pause_us = sim_schedule_pause_us(READ_ONCE(rail->max_delay_us));
		if (pause_us)
			usleep_range(pause_us, pause_us + pause_us / 4 + 1);
	} while (sim_engine_once(rail));
}
