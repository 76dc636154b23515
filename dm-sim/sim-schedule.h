/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which event comes next.
 *
 * Layer 0. Each bio is two events, its effect and its completion. An event has
 * a virtual time that is a function of the seed and of the arrival number of
 * the bio only, so that the order among any set of events that wait together
 * does not depend on clocks or CPUs.
 */
#ifndef SIM_SCHEDULE_H
#define SIM_SCHEDULE_H

#include "sim-portability.h"

enum sim_mode {
	SIM_MODE_PASS,		/* in order of arrival, at once */
	SIM_MODE_AUTO,		/* in order of seeded virtual times */
	SIM_MODE_MANUAL,	/* when told */
	SIM_MODE_COUNT,
};

extern const char *const sim_mode_names[SIM_MODE_COUNT];

/* So many arrivals fall into the longest possible delay: how far bios mix. */
#define SIM_SCHEDULE_WINDOW 16
#define SIM_DELAY_US_LIMIT 10000000u

/**
 * struct sim_event - something that waits for its turn
 * @list: in the queue, by @time, then @number
 * @time: virtual time of the event
 * @number: arrival number of its bio
 */
struct sim_event {
	struct list_head list;
	u64 time;
	u64 number;
};

/**
 * sim_schedule_effect() - virtual time of the effect
 * @seed: of the run
 * @number: arrival number
 * @max_delay_us: 0 keeps the order of arrival
 */
u64 sim_schedule_effect(u64 seed, u64 number, u32 max_delay_us);

/** sim_schedule_completion() - virtual time of the completion, never earlier */
u64 sim_schedule_completion(u64 seed, u64 number, u32 max_delay_us);

/** sim_schedule_pause_us() - virtual time between arrivals, real pause between events */
u32 sim_schedule_pause_us(u32 max_delay_us);

/** sim_schedule_insert() - put an event in its place */
void sim_schedule_insert(struct list_head *queue, struct sim_event *event);

#endif /* SIM_SCHEDULE_H */
