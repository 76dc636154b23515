/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sends requests through io_uring, tells the oracle, checks what comes back.
 */
#ifndef STRESS_ENGINE_H
#define STRESS_ENGINE_H

#include "stress-device.h"
#include "stress-oracle.h"
#include "stress-report.h"
#include "stress-state.h"

struct stress_engine;

/**
 * struct engine_parts - what an engine works with; all owned by the caller
 * @options: the options
 * @device: where requests go
 * @oracle: what is told and asked
 * @report: counts, and the history
 */
struct engine_parts {
	const struct stress_options *options;
	const struct stress_device *device;
	struct oracle *oracle;
	struct stress_report *report;
};

/** enum engine_end - why engine_run() returned */
enum engine_end {
	ENGINE_DONE,		/* the source has no more requests */
	ENGINE_STOPPED,		/* a signal, or the time is over */
	ENGINE_MISMATCH,	/* enough wrong blocks */
	ENGINE_POWER_CUT,	/* a request failed, and that is a power cut */
	ENGINE_ERROR,		/* an error that was not expected; a hang */
};

/**
 * typedef engine_source - where the requests come from
 * @context: of the source
 * @request: the next one; number 0: a read of a verification, which is neither
 *	in the history nor in the counts of reads
 *
 * Return: false at the end.
 */
typedef bool (*engine_source)(void *context, struct stress_request *request);

/**
 * engine_create() - prepare a ring
 *
 * Complains on stderr. Return: the engine, for engine_destroy(); or NULL.
 */
struct stress_engine *engine_create(const struct engine_parts *parts);

/** engine_destroy() - free everything; no request may be in flight */
void engine_destroy(struct stress_engine *engine);

/** engine_set_log() - from now on, log to @log; NULL for no log */
void engine_set_log(struct stress_engine *engine, struct state_log *log);

/** engine_stop() - let engine_run() end soon; for signal handlers */
void engine_stop(void);

/** engine_stopped() - was engine_stop() called? */
bool engine_stopped(void);

/**
 * engine_run() - send all requests of a source and wait for them
 * @engine: the engine
 * @source: the source
 * @context: its context
 * @deadline_ns: monotonic time at which to stop sending; 0 for none
 *
 * Return: why it ended. No request is in flight then, but after a hang.
 */
enum engine_end engine_run(struct stress_engine *engine, engine_source source,
			   void *context, u64 deadline_ns);

/** engine_clock_ns() - the monotonic clock */
u64 engine_clock_ns(void);

#endif /* STRESS_ENGINE_H */
