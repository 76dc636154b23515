// SPDX-License-Identifier: GPL-2.0-only
/*
 * A ring of the last requests. Flushes belong to the history of every block.
 *
 * I-HIS-1: a place stays valid until HISTORY_ENTRIES more requests were added;
 * then history_end() finds another number there and leaves it alone.
 */
#include "stress-history.h"

u64 history_begin(struct stress_history *history,
		  const struct stress_request *request)
{
	u64 place = history->added++;
	struct history_entry *entry;

	entry = &history->entries[place % HISTORY_ENTRIES];
	entry->number = request->number;
	entry->first = request->first;
	entry->count = request->count;
	entry->op = (u8)request->op;
	entry->fate = HISTORY_IN_FLIGHT;
	entry->begun = ++history->events;
	entry->ended = 0;
	return place;
}

void history_end(struct stress_history *history, u64 place, bool failed)
{
	struct history_entry *entry;

	history->events++;
	if (history->added - place > HISTORY_ENTRIES)
		return;
	entry = &history->entries[place % HISTORY_ENTRIES];
	entry->fate = failed ? HISTORY_FAILED : HISTORY_DONE;
	entry->ended = history->events;
}

static bool touches(const struct history_entry *entry, u64 block)
{
	if (entry->op == STRESS_FLUSH)
		return true;
	return block >= entry->first && block - entry->first < entry->count;
}

static void print_entry(const struct history_entry *entry, FILE *file)
{
	fprintf(file, "    %llu.%llu %s", stress_number_round(entry->number),
		stress_number_index(entry->number), stress_op_name(entry->op));
	if (entry->op != STRESS_FLUSH)
		fprintf(file, " blocks %llu-%llu", entry->first,
			entry->first + entry->count - 1);
	fprintf(file, ", submitted at %llu, ", entry->begun);
	if (entry->fate == HISTORY_IN_FLIGHT)
		fprintf(file, "in flight\n");
	else
		fprintf(file, "%s at %llu\n",
			entry->fate == HISTORY_FAILED ? "failed" : "completed",
			entry->ended);
}

void history_print(const struct stress_history *history, FILE *file, u64 block,
		   u32 limit)
{
	u64 kept = min_u64(history->added, HISTORY_ENTRIES);
	const struct history_entry *entry;
	u64 i;

	for (i = 1; i <= kept && limit; i++) {
		entry = &history->entries[(history->added - i) %
					  HISTORY_ENTRIES];
		if (!touches(entry, block))
			continue;
		print_entry(entry, file);
		limit--;
	}
}
