/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What happened, one record and one line for each event.
 *
 * Layer 0. A line has thirteen fields separated by one blank:
 *
 *   position kind device number op sector sectors tag action argument state
 *   status time
 *
 * position counts the events of the rail from 1, number the arrivals from 1;
 * device is the index on the rail; tag is the rule that decided, 0 = none;
 * state is that of the rules at arrival; status is the outcome, at arrival the
 * one that was decided; time is virtual.
 */
#ifndef SIM_TRACE_H
#define SIM_TRACE_H

#include "sim-portability.h"
#include "sim-rule.h"
#include "sim-text.h"

enum sim_kind {
	SIM_KIND_ARRIVE,	/* a bio came, and this was decided */
	SIM_KIND_EFFECT,	/* the lower device or the cache was used */
	SIM_KIND_COMPLETE,	/* the bio was given back */
	SIM_KIND_DESTAGE,	/* a full cache wrote the block at sector back */
	SIM_KIND_CUT,		/* the power failed; argument = blocks that changed */
	SIM_KIND_ON,		/* the power came back */
	SIM_KIND_MARK,		/* a user's mark; argument says which */
	SIM_KIND_COUNT,
};

extern const char *const sim_kind_names[SIM_KIND_COUNT];

struct sim_trace_record {
	u64 position;
	u64 number;
	u64 sector;
	u64 time;
	s64 argument;
	u32 sectors;
	u32 tag;
	u32 state;
	u16 device;
	u8 kind;
	u8 op;
	u8 action;
	u8 status;
};

#define SIM_TRACE_LINE_BYTES 224

/** sim_trace_print() - one line with its newline, at most SIM_TRACE_LINE_BYTES */
void sim_trace_print(const struct sim_trace_record *record, struct sim_text *text);

/**
 * sim_trace_parse() - read a line
 * @record: filled on success
 * @line: the line, newline optional
 * @why: what was wrong and in which field
 *
 * Return: 0 or -EINVAL.
 */
int __must_check sim_trace_parse(struct sim_trace_record *record,
				 const char *line, struct sim_text *why);

/* What an empty trace hashes to; any number would do. */
#define SIM_TRACE_HASH_START 0x73696d2d68617368ull

/**
 * sim_trace_hash() - add a record to the hash of a trace
 * @hash: so far
 * @record: all fields but the position count
 */
u64 sim_trace_hash(u64 hash, const struct sim_trace_record *record);

/**
 * sim_trace_same_bio() - did the same bio arrive?
 * @expected: from a saved trace
 * @found: now
 *
 * Return: true if device, op, sector and length are equal.
 */
bool sim_trace_same_bio(const struct sim_trace_record *expected,
			const struct sim_trace_record *found);

#endif /* SIM_TRACE_H */
