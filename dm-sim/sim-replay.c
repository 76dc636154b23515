// SPDX-License-Identifier: GPL-2.0-only
/*
 * A saved trace as a plan for the next run.
 *
 * I-REPLAY-1: while the replay runs, every decision and the order of all
 * events are those of the trace.
 * I-REPLAY-2: it stops at the first input that differs, and knows which.
 */
#include "sim-replay.h"

static bool sim_replay_is_input(const struct sim_trace_record *record)
{
	return record->kind == SIM_KIND_ARRIVE ||
	       record->kind == SIM_KIND_CUT || record->kind == SIM_KIND_ON;
}

static void sim_replay_seek(struct sim_replay *replay)
{
	while (replay->next_input < replay->count &&
	       !sim_replay_is_input(&replay->records[replay->next_input]))
		replay->next_input++;
}

int sim_replay_start(struct sim_replay *replay)
{
	if (!replay->count)
		return -ENODATA;
	replay->next_input = 0;
	replay->diverged = false;
	replay->running = true;
	sim_replay_seek(replay);
	return 0;
}

void sim_replay_give_up(struct sim_replay *replay,
			const struct sim_trace_record *found)
{
	replay->running = false;
	replay->diverged = true;
	memset(&replay->expected, 0, sizeof(replay->expected));
	memset(&replay->found, 0, sizeof(replay->found));
	if (replay->next_input < replay->count)
		replay->expected = replay->records[replay->next_input];
	if (found)
		replay->found = *found;
}

bool sim_replay_expects(const struct sim_replay *replay, enum sim_kind kind)
{
	return replay->next_input < replay->count &&
	       replay->records[replay->next_input].kind == kind;
}

static u32 sim_replay_find(const struct sim_replay *replay, u32 from,
			   enum sim_kind kind, u64 number)
{
	u32 i;

	for (i = from; i < replay->count; i++) {
		if (replay->records[i].kind == kind &&
		    replay->records[i].number == number)
			return i;
	}
	return U32_MAX;
}

bool sim_replay_arrive(struct sim_replay *replay,
		       const struct sim_trace_record *found,
		       struct sim_plan *plan)
{
	const struct sim_trace_record *record;
	u32 at = replay->next_input;

	if (at == replay->count) {
		replay->running = false;
		return false;
	}
	record = &replay->records[at];
	if (record->kind != SIM_KIND_ARRIVE ||
	    !sim_trace_same_bio(record, found)) {
		sim_replay_give_up(replay, found);
		return false;
	}
	plan->decision.tag = record->tag;
	plan->decision.action = record->action;
	plan->decision.argument = record->argument;
	plan->decision.status = record->status;
	plan->decision.state = record->state;
	plan->effect = sim_replay_find(replay, at, SIM_KIND_EFFECT, record->number);
	plan->completion = sim_replay_find(replay, at, SIM_KIND_COMPLETE,
					   record->number);
	plan->time = record->time;
	plan->completion_time = 0;
	plan->status = SIM_STATUS_OK;
	if (plan->completion != U32_MAX) {
		plan->status = replay->records[plan->completion].status;
		plan->completion_time = replay->records[plan->completion].time;
	}
	replay->next_input++;
	sim_replay_seek(replay);
	return true;
}

void sim_replay_input(struct sim_replay *replay, enum sim_kind kind)
{
	if (!replay->running)
		return;
	if (!sim_replay_expects(replay, kind)) {
		if (replay->next_input == replay->count)
			replay->running = false;
		else
			sim_replay_give_up(replay, NULL);
		return;
	}
	replay->next_input++;
	sim_replay_seek(replay);
}

bool sim_replay_may_run(const struct sim_replay *replay, u64 index)
{
	return index < replay->next_input || replay->next_input == replay->count;
}

void sim_replay_status(const struct sim_replay *replay, struct sim_text *text)
{
	if (replay->diverged && !replay->expected.position) {
		sim_text_add(text, "diverged: more came than the trace has\n");
	} else if (replay->diverged) {
		sim_text_add(text, "diverged at bio %llu: expected ",
			     (unsigned long long)replay->expected.number);
		sim_trace_print(&replay->expected, text);
		sim_text_add(text, "but found ");
		if (replay->found.number)
			sim_trace_print(&replay->found, text);
		else
			sim_text_add(text, "something else or nothing\n");
	} else if (!replay->count) {
		sim_text_add(text, "idle\n");
	} else if (replay->next_input == replay->count) {
		sim_text_add(text, "finished: all %u records followed\n",
			     replay->count);
	} else if (replay->running) {
		sim_text_add(text, "running: %u of %u records followed, waits for ",
			     replay->next_input, replay->count);
		sim_trace_print(&replay->records[replay->next_input], text);
	} else {
		sim_text_add(text, "stopped: %u of %u records followed\n",
			     replay->next_input, replay->count);
	}
}
