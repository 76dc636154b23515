/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tracepoint dm_sim:dm_sim_event: one for each line of the trace.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM dm_sim

#if !defined(SIM_TRACEPOINT_H) || defined(TRACE_HEADER_MULTI_READ)
#define SIM_TRACEPOINT_H

#include <linux/tracepoint.h>

#include "sim-trace.h"

/* An array: __string() is filled in another way in each kernel. */
#ifndef SIM_TRACEPOINT_RAIL_BYTES
#define SIM_TRACEPOINT_RAIL_BYTES 64
#endif

/*
 * The words of the trace. The last of a list is told apart, as it takes no
 * comma behind it.
 */
#define SIM_TRACEPOINT_KINDS \
	EM(SIM_KIND_ARRIVE, "arrive") \
	EM(SIM_KIND_EFFECT, "effect") \
	EM(SIM_KIND_COMPLETE, "complete") \
	EM(SIM_KIND_DESTAGE, "destage") \
	EM(SIM_KIND_CUT, "cut") \
	EM(SIM_KIND_ON, "on") \
	EME(SIM_KIND_MARK, "mark")

#define SIM_TRACEPOINT_OPS \
	EM(SIM_OP_READ, "read") \
	EM(SIM_OP_WRITE, "write") \
	EM(SIM_OP_FLUSH, "flush") \
	EM(SIM_OP_FUA, "fua") \
	EM(SIM_OP_DISCARD, "discard") \
	EME(SIM_OP_ZEROES, "zeroes")

#define SIM_TRACEPOINT_ACTIONS \
	EM(SIM_ACTION_PASS, "pass") \
	EM(SIM_ACTION_ERROR, "error") \
	EM(SIM_ACTION_DELAY, "delay") \
	EM(SIM_ACTION_HOLD, "hold") \
	EM(SIM_ACTION_BREAK, "break") \
	EM(SIM_ACTION_LOSE, "lose") \
	EM(SIM_ACTION_MISDIRECT, "misdirect") \
	EM(SIM_ACTION_TEAR, "tear") \
	EM(SIM_ACTION_FLIP, "flip") \
	EM(SIM_ACTION_SHORT, "short") \
	EME(SIM_ACTION_CUT, "cut")

#define SIM_TRACEPOINT_STATUSES \
	EM(SIM_STATUS_OK, "ok") \
	EM(SIM_STATUS_IOERR, "ioerr") \
	EM(SIM_STATUS_MEDIUM, "medium") \
	EM(SIM_STATUS_TIMEOUT, "timeout") \
	EM(SIM_STATUS_NOSPC, "nospc") \
	EM(SIM_STATUS_TRANSPORT, "transport") \
	EM(SIM_STATUS_TARGET, "target") \
	EM(SIM_STATUS_RESERVATION, "reservation") \
	EM(SIM_STATUS_PROTECTION, "protection") \
	EM(SIM_STATUS_RESOURCE, "resource") \
	EM(SIM_STATUS_AGAIN, "again") \
	EM(SIM_STATUS_DEVRESOURCE, "devresource") \
	EM(SIM_STATUS_OFFLINE, "offline") \
	EME(SIM_STATUS_NOTSUPP, "notsupp")

/* First what tells tools the numbers behind the names, then the names. */
#undef EM
#undef EME
#define EM(value, name) TRACE_DEFINE_ENUM(value);
#define EME(value, name) TRACE_DEFINE_ENUM(value);
SIM_TRACEPOINT_KINDS
SIM_TRACEPOINT_OPS
SIM_TRACEPOINT_ACTIONS
SIM_TRACEPOINT_STATUSES
#undef EM
#undef EME
#define EM(value, name) { value, name },
#define EME(value, name) { value, name }

TRACE_EVENT(dm_sim_event,
	TP_PROTO(const char *rail, const struct sim_trace_record *record),
	TP_ARGS(rail, record),
	TP_STRUCT__entry(
		__array(char, rail, SIM_TRACEPOINT_RAIL_BYTES)
		__field(u64, position)
		__field(u64, number)
		__field(u64, sector)
		__field(u64, time)
		__field(s64, argument)
		__field(u32, sectors)
		__field(u32, tag)
		__field(u32, state)
		__field(u16, device)
		__field(u8, kind)
		__field(u8, op)
		__field(u8, action)
		__field(u8, status)
	),
	TP_fast_assign(
		strscpy(__entry->rail, rail, SIM_TRACEPOINT_RAIL_BYTES);
		__entry->position = record->position;
		__entry->number = record->number;
		__entry->sector = record->sector;
		__entry->time = record->time;
		__entry->argument = record->argument;
		__entry->sectors = record->sectors;
		__entry->tag = record->tag;
		__entry->state = record->state;
		__entry->device = record->device;
		__entry->kind = record->kind;
		__entry->op = record->op;
		__entry->action = record->action;
		__entry->status = record->status;
	),
	/* The fields of a line of the trace, in its order. */
	TP_printk("rail=%s position=%llu kind=%s device=%u number=%llu op=%s sector=%llu sectors=%u tag=%u action=%s argument=%lld state=%u status=%s time=%llu",
		  __entry->rail, __entry->position,
		  __print_symbolic(__entry->kind, SIM_TRACEPOINT_KINDS),
		  __entry->device, __entry->number,
		  __print_symbolic(__entry->op, SIM_TRACEPOINT_OPS),
		  __entry->sector, __entry->sectors, __entry->tag,
		  __print_symbolic(__entry->action, SIM_TRACEPOINT_ACTIONS),
		  __entry->argument, __entry->state,
		  __print_symbolic(__entry->status, SIM_TRACEPOINT_STATUSES),
		  __entry->time)
);

#endif /* SIM_TRACEPOINT_H */

#undef TRACE_INCLUDE_PATH
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_PATH .
#define TRACE_INCLUDE_FILE sim-tracepoint
#include <trace/define_trace.h>
