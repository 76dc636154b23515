// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which event comes next.
 *
 * Virtual time stands still unless bios arrive: arrival n happens at virtual
 * time n * pause, and a delay is a random part of max_delay_us.
 *
 * I-SCHED-1: the time of an event is a function of (seed, arrival number,
 * max_delay_us).
 * I-SCHED-2: the queue is sorted by (time, number), and that is a total order:
 * a bio has one event in the queue at a time.
 *
 * A sorted list, searched from the end where nearly all insertions fall, was
 * preferred to a heap: it can be listed in order and any event removed.
 */
#include "sim-schedule.h"
#include "sim-random.h"

const char *const sim_mode_names[] = {
	[SIM_MODE_PASS] = "pass",
	[SIM_MODE_AUTO] = "auto",
	[SIM_MODE_MANUAL] = "manual",
};

static_assert(ARRAY_SIZE(sim_mode_names) == SIM_MODE_COUNT);

u32 sim_schedule_pause_us(u32 max_delay_us)
{
	return max_delay_us / SIM_SCHEDULE_WINDOW;
}

u64 sim_schedule_effect(u64 seed, u64 number, u32 max_delay_us)
{
	u64 random = sim_random(seed, SIM_STREAM_EFFECT, number, 0);

	return number * sim_schedule_pause_us(max_delay_us) +
	       sim_random_below(random, max_delay_us);
}

u64 sim_schedule_completion(u64 seed, u64 number, u32 max_delay_us)
{
	u64 random = sim_random(seed, SIM_STREAM_COMPLETION, number, 0);

	return sim_schedule_effect(seed, number, max_delay_us) +
	       sim_random_below(random, max_delay_us);
}

void sim_schedule_insert(struct list_head *queue, struct sim_event *event)
{
	struct sim_event *before;

	list_for_each_entry_reverse(before, queue, list) {
		if (before->time < event->time ||
		    (before->time == event->time &&
		     before->number < event->number))
			break;
	}
	list_add(&event->list, &before->list);
}
