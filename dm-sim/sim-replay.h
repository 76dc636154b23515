/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A saved trace as a plan for the next run.
 *
 * Layer 0. The inputs of a run are arrivals, power cuts and power-ons; the
 * rest of a trace follows from decisions. A replay answers each arrival with
 * the decision of the trace, and lets an effect or a completion happen when
 * all inputs that came before it in the trace have come again. The caller owns
 * the records and serialises the calls.
 */
#ifndef SIM_REPLAY_H
#define SIM_REPLAY_H

#include "sim-rule.h"
#include "sim-text.h"
#include "sim-trace.h"

/**
 * struct sim_replay - a plan and how far it was followed
 * @records: the trace
 * @count: records in it
 * @room: records that fit
 * @next_input: index of the input that has to come next; @count = none
 * @running: the plan is being followed
 * @diverged: it was given up because the input differed
 * @expected: what should have come, if @diverged
 * @found: what came instead, or nothing: number 0
 */
struct sim_replay {
	struct sim_trace_record *records;
	u32 count;
	u32 room;
	u32 next_input;
	bool running;
	bool diverged;
	struct sim_trace_record expected;
	struct sim_trace_record found;
};

/**
 * struct sim_plan - what the trace says about one bio
 * @decision: its fate
 * @effect: index of its effect, the place in the order; U32_MAX = none
 * @completion: index of its completion; U32_MAX = not in the trace
 * @status: it completed with, when it had no effect
 * @time: virtual time of the effect
 * @completion_time: virtual time of the completion
 */
struct sim_plan {
	struct sim_decision decision;
	u32 effect;
	u32 completion;
	enum sim_status status;
	u64 time;
	u64 completion_time;
};

/** sim_replay_start() - follow the plan from its first record; -ENODATA if empty */
int __must_check sim_replay_start(struct sim_replay *replay);

/**
 * sim_replay_arrive() - a bio came
 * @replay: running
 * @found: the bio, as an arrive record
 * @plan: filled if it is the expected one
 *
 * Return: false when the plan has ended or the bio is another one; the replay
 * is then no longer running.
 */
bool sim_replay_arrive(struct sim_replay *replay,
		       const struct sim_trace_record *found,
		       struct sim_plan *plan);

/** sim_replay_input() - the power was cut or came back */
void sim_replay_input(struct sim_replay *replay, enum sim_kind kind);

/** sim_replay_may_run() - have all inputs before the event at @index come? */
bool sim_replay_may_run(const struct sim_replay *replay, u64 index);

/** sim_replay_expects() - is the next input a cut, a power-on, an arrival? */
bool sim_replay_expects(const struct sim_replay *replay, enum sim_kind kind);

/** sim_replay_give_up() - the expected input did not come; @found may be NULL */
void sim_replay_give_up(struct sim_replay *replay,
			const struct sim_trace_record *found);

/** sim_replay_status() - one line: idle, running, finished or where it diverged */
void sim_replay_status(const struct sim_replay *replay, struct sim_text *text);

#endif /* SIM_REPLAY_H */
