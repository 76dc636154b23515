/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The last requests, for reports: who touched this block?
 */
#ifndef STRESS_HISTORY_H
#define STRESS_HISTORY_H

#include "stress-types.h"
#include "stress-workload.h"

/** Requests that are remembered. */
#define HISTORY_ENTRIES	16384

/** enum history_fate - what became of a request */
enum history_fate {
	HISTORY_IN_FLIGHT,
	HISTORY_DONE,
	HISTORY_FAILED,
};

/**
 * struct history_entry - one request
 * @number: its number
 * @first: first logical block
 * @count: number of blocks
 * @op: enum stress_op
 * @fate: enum history_fate
 * @begun: order of the submission among all events
 * @ended: order of the completion
 */
struct history_entry {
	u64 number;
	u64 first;
	u32 count;
	u8 op;
	u8 fate;
	u64 begun;
	u64 ended;
};

/** struct stress_history - a ring of entries. @events: order of the next. */
struct stress_history {
	struct history_entry entries[HISTORY_ENTRIES];
	u64 added;
	u64 events;
};

/** history_begin() - a request is submitted. Return: where it is. */
u64 history_begin(struct stress_history *history,
		  const struct stress_request *request);

/** history_end() - the request that history_begin() put at @place completed */
void history_end(struct stress_history *history, u64 place, bool failed);

/**
 * history_print() - the last requests that touched a block, newest first
 * @history: the history
 * @file: where to
 * @block: the logical block
 * @limit: at most so many
 */
void history_print(const struct stress_history *history, FILE *file, u64 block,
		   u32 limit);

#endif /* STRESS_HISTORY_H */
