// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happened, one record and one line for each event.
 *
 * I-TRACE-1: print and parse are inverse; nothing that decides is missing.
 * I-TRACE-2: no wall clock, address, CPU or device number is in a record, so
 * equal runs have equal traces and hashes.
 */
#include "sim-trace.h"
#include "sim-random.h"

const char *const sim_kind_names[] = {
	[SIM_KIND_ARRIVE] = "arrive",
	[SIM_KIND_EFFECT] = "effect",
	[SIM_KIND_COMPLETE] = "complete",
	[SIM_KIND_DESTAGE] = "destage",
	[SIM_KIND_CUT] = "cut",
	[SIM_KIND_ON] = "on",
	[SIM_KIND_MARK] = "mark",
};

static_assert(ARRAY_SIZE(sim_kind_names) == SIM_KIND_COUNT);

void sim_trace_print(const struct sim_trace_record *record, struct sim_text *text)
{
	sim_text_add(text, "%llu %s %u %llu %s %llu %u %u %s %lld %u %s %llu\n",
		     (unsigned long long)record->position,
		     sim_kind_names[record->kind], record->device,
		     (unsigned long long)record->number,
		     sim_op_names[record->op],
		     (unsigned long long)record->sector, record->sectors,
		     record->tag, sim_action_names[record->action],
		     (long long)record->argument, record->state,
		     sim_status_names[record->status],
		     (unsigned long long)record->time);
}

/* Reads field after field; the first error sticks. */
struct sim_trace_reader {
	const char *at;
	struct sim_text *why;
	const char *wrong;
};

static void sim_trace_refuse(struct sim_trace_reader *reader, const char *field)
{
	if (!reader->wrong)
		reader->wrong = field;
}

static void sim_trace_gap(struct sim_trace_reader *reader, const char *field)
{
	if (*reader->at == ' ')
		reader->at++;
	else if (*reader->at && *reader->at != '\n')
		sim_trace_refuse(reader, field);
}

static u64 sim_trace_number(struct sim_trace_reader *reader, const char *field,
			    u64 most)
{
	u64 value = 0;

	if (reader->wrong)
		return 0;
	if (sim_text_take_u64(&reader->at, &value) || value > most)
		sim_trace_refuse(reader, field);
	sim_trace_gap(reader, field);
	return value;
}

static s64 sim_trace_signed(struct sim_trace_reader *reader, const char *field)
{
	bool negative = !reader->wrong && *reader->at == '-';
	s64 value;

	if (negative)
		reader->at++;
	value = sim_trace_number(reader, field, S64_MAX);
	return negative ? -value : value;
}

static u32 sim_trace_word(struct sim_trace_reader *reader, const char *field,
			  const char *const *names, u32 count)
{
	const char *end = reader->at;
	int index;

	if (reader->wrong)
		return 0;
	while (*end && *end != ' ' && *end != '\n')
		end++;
	index = sim_text_index(reader->at, end - reader->at, names, count);
	if (index < 0) {
		sim_trace_refuse(reader, field);
		return 0;
	}
	reader->at = end;
	sim_trace_gap(reader, field);
	return index;
}

int sim_trace_parse(struct sim_trace_record *record, const char *line,
		    struct sim_text *why)
{
	struct sim_trace_reader reader = { .at = line, .why = why };

	memset(record, 0, sizeof(*record));
	record->position = sim_trace_number(&reader, "position", U64_MAX);
	record->kind = sim_trace_word(&reader, "kind", sim_kind_names,
				      SIM_KIND_COUNT);
	record->device = sim_trace_number(&reader, "device", 0xffff);
	record->number = sim_trace_number(&reader, "number", U64_MAX);
	record->op = sim_trace_word(&reader, "op", sim_op_names, SIM_OP_COUNT);
	record->sector = sim_trace_number(&reader, "sector", SIM_SECTORS_MAX);
	record->sectors = sim_trace_number(&reader, "sectors", U32_MAX);
	record->tag = sim_trace_number(&reader, "tag", U32_MAX);
	record->action = sim_trace_word(&reader, "action", sim_action_names,
					SIM_ACTION_COUNT);
	record->argument = sim_trace_signed(&reader, "argument");
	record->state = sim_trace_number(&reader, "state", SIM_STATES_MAX - 1);
	record->status = sim_trace_word(&reader, "status", sim_status_names,
					SIM_STATUS_COUNT);
	record->time = sim_trace_number(&reader, "time", U64_MAX);
	if (!reader.wrong && *reader.at && *reader.at != '\n')
		sim_trace_refuse(&reader, "end of line");
	if (!reader.wrong)
		return 0;
	sim_text_add(why, "trace line: bad %s at column %u", reader.wrong,
		     (u32)(reader.at - line) + 1);
	return -EINVAL;
}

u64 sim_trace_hash(u64 hash, const struct sim_trace_record *record)
{
	u64 small = ((u64)record->device << 32) | (record->kind << 24) |
		    (record->op << 16) | (record->action << 8) | record->status;

	/* The mixer of sim_random() serves as compression function. */
	hash = sim_random(hash, SIM_STREAM_EFFECT, record->number, small);
	hash = sim_random(hash, SIM_STREAM_EFFECT, record->sector, record->sectors);
	hash = sim_random(hash, SIM_STREAM_EFFECT, record->argument, record->time);
	return sim_random(hash, SIM_STREAM_EFFECT, record->tag, record->state);
}

bool sim_trace_same_bio(const struct sim_trace_record *expected,
			const struct sim_trace_record *found)
{
	return expected->device == found->device && expected->op == found->op &&
	       expected->sector == found->sector &&
	       expected->sectors == found->sectors;
}
