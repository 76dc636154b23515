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
	TP_printk("rail=%s position=%llu kind=%u device=%u number=%llu op=%u sector=%llu sectors=%u tag=%u action=%u argument=%lld state=%u status=%u time=%llu",
		  __entry->rail, __entry->position, __entry->kind,
		  __entry->device, __entry->number, __entry->op,
		  __entry->sector, __entry->sectors, __entry->tag,
		  __entry->action, __entry->argument, __entry->state,
		  __entry->status, __entry->time)
);

#endif /* SIM_TRACEPOINT_H */

#undef TRACE_INCLUDE_PATH
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_PATH .
#define TRACE_INCLUDE_FILE sim-tracepoint
#include <trace/define_trace.h>
