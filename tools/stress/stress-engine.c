// SPDX-License-Identifier: GPL-2.0-only
/*
 * The io_uring engine: one thread, one ring, requests in slots.
 *
 * A turn: take what has completed, tell the oracle; take new requests from the
 * source, tell the oracle; write the log; hand all of them to the kernel and
 * wait in the same system call. System calls are what costs in a guest kernel,
 * so a turn waits for several completions when many requests are in flight, and
 * for all of them when the next request wants to be alone.
 *
 * I-ENG-1: the oracle hears of a request before the kernel does, and of its
 * completion after the kernel did (I-ORC-1).
 * I-ENG-2: the log has both before the kernel gets anything that depends on
 * them.
 * I-ENG-3: requests are sent in the order of the source; one that can not be
 * sent yet (depth, drain, memory) holds up those behind it. So the sequence on
 * the wire is the sequence of the seed.
 * I-ENG-4: a request that comes back with "try again", or with "not supported"
 * while there is another way to send it, is sent again and stays in flight.
 *
 * Discards: by io_uring command from kernel 6.12 on (always from a worker
 * thread: issued inline it asks the driver not to wait, which dm refuses);
 * before that by ioctl from threads of ours, which start when first needed.
 * Write-zeroes: fallocate, with or without permission to unmap.
 */
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "stress-buffer.h"
#include "stress-engine.h"
#include "stress-helper.h"

/* BLOCK_URING_CMD_DISCARD of <linux/blkdev.h>, which came with 6.12. */
#define URING_CMD_DISCARD	_IO(0x12, 0)

#define NS_PER_SECOND	1000000000ULL
/* Results of helper threads that are read at once. */
#define HELPER_RESULTS	16
/* Wait for this part of the requests in flight before the next turn. */
#define WAIT_SHARE	8

/* The ways to send a discard or write-zeroes. */
enum method {
	METHOD_PLAIN,			/* reads, writes, flushes */
	METHOD_DISCARD_COMMAND,
	METHOD_DISCARD_IOCTL,
	METHOD_ZERO_RANGE,
	METHOD_PUNCH_HOLE,
	METHODS,
};

struct slot {
	struct stress_request request;
	struct oracle_read read;
	u64 stamp;			/* of a flush */
	u64 place;			/* in the history */
	void *buffer;
	u64 bytes;
	enum method method;
	bool retried;			/* with the other method */
	bool used;
	struct slot *next_free;
};

struct stress_engine {
	struct engine_parts parts;
	struct state_log *log;
	struct io_uring ring;
	struct slot *slots;
	struct slot *free_slots;
	u32 slot_count;
	u32 in_flight;
	bool unsupported[METHODS];
	struct stress_buffers buffers;
	struct stress_helper *helper;
	struct helper_result results[HELPER_RESULTS];
	u32 helper_in_flight;
	/* the request at the head of the source */
	struct stress_request waiting;
	bool has_waiting;
	bool stop;
	enum engine_end end;
	u64 started_ns;
	u64 last_completion_ns;
	u64 last_progress_ns;
	bool terminal;
};

/* Set by signal handlers. */
static int stop_requested;

void engine_stop(void)
{
	__atomic_store_n(&stop_requested, 1, __ATOMIC_RELAXED);
}

bool engine_stopped(void)
{
	return __atomic_load_n(&stop_requested, __ATOMIC_RELAXED);
}

u64 engine_clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (u64)now.tv_sec * NS_PER_SECOND + (u64)now.tv_nsec;
}

static int init_ring(struct stress_engine *engine, u32 entries)
{
	int error;

	entries++;		/* for the helpers */
	error = io_uring_queue_init(entries, &engine->ring,
				    IORING_SETUP_COOP_TASKRUN);
	if (error == -EINVAL)
		error = io_uring_queue_init(entries, &engine->ring, 0);
	if (error)
		return error;
	error = io_uring_register_files(&engine->ring,
					&engine->parts.device->fd, 1);
	if (error)
		io_uring_queue_exit(&engine->ring);
	return error;
}

struct stress_engine *engine_create(const struct engine_parts *parts)
{
	struct stress_engine *engine = calloc(1, sizeof(*engine));
	u32 i, entries = parts->options->settings.depth;
	int error = -ENOMEM;

	if (!engine)
		goto failed;
	engine->parts = *parts;
	engine->slot_count = entries;
	engine->slots = calloc(entries, sizeof(*engine->slots));
	if (!engine->slots)
		goto failed;
	error = init_ring(engine, entries);
	if (error)
		goto failed;
	for (i = entries; i-- > 0;) {
		engine->slots[i].next_free = engine->free_slots;
		engine->free_slots = &engine->slots[i];
	}
	engine->started_ns = engine_clock_ns();
	engine->terminal = isatty(STDERR_FILENO) && !parts->options->quiet;
	return engine;
failed:
	complain("io_uring: %s", strerror(-error));
	if (engine)
		free(engine->slots);
	free(engine);
	return NULL;
}

void engine_destroy(struct stress_engine *engine)
{
	if (!engine)
		return;
	/*
	 * The ring is taken apart later, by a worker. Give the device back now,
	 * or whoever removes it after our exit would find it busy.
	 */
	io_uring_unregister_files(&engine->ring);
	io_uring_queue_exit(&engine->ring);
	helper_destroy(engine->helper);
	buffer_free_all(&engine->buffers);
	free(engine->slots);
	free(engine);
}

void engine_set_log(struct stress_engine *engine, struct state_log *log)
{
	engine->log = log;
}

static void stop(struct stress_engine *engine, enum engine_end end)
{
	engine->stop = true;
	if (end > engine->end)
		engine->end = end;
}

static bool needs_buffer(enum stress_op op)
{
	return op == STRESS_READ || op == STRESS_WRITE || op == STRESS_FUA;
}

static void fill_buffer(struct stress_engine *engine, const struct slot *slot)
{
	const struct stress_settings *settings =
		&engine->parts.options->settings;
	struct pattern_origin origin = {
		.kind = PATTERN_WRITE,
		.seed = settings->seed,
		.request = slot->request.number,
		.sector = slot->request.first *
			  (settings->block_bytes / SECTOR_BYTES),
	};
	u8 *data = slot->buffer;
	u64 at;

	for (at = 0; at < slot->bytes; at += SECTOR_BYTES, origin.sector++)
		pattern_fill(data + at, &origin);
}

static enum method other_method(enum method method)
{
	switch (method) {
	case METHOD_DISCARD_COMMAND:
		return METHOD_DISCARD_IOCTL;
	case METHOD_DISCARD_IOCTL:
		return METHOD_DISCARD_COMMAND;
	case METHOD_ZERO_RANGE:
		return METHOD_PUNCH_HOLE;
	case METHOD_PUNCH_HOLE:
		return METHOD_ZERO_RANGE;
	default:
		return method;
	}
}

static enum method pick_method(const struct stress_engine *engine,
			       const struct stress_request *request)
{
	enum method method;

	if (request->op == STRESS_DISCARD)
		method = engine->parts.device->is_block ?
			 METHOD_DISCARD_COMMAND : METHOD_PUNCH_HOLE;
	else if (request->op == STRESS_ZERO)
		method = request->variant ? METHOD_ZERO_RANGE :
					    METHOD_PUNCH_HOLE;
	else
		return METHOD_PLAIN;
	if (engine->unsupported[method] &&
	    (method != METHOD_DISCARD_COMMAND || engine->helper))
		method = other_method(method);
	return method;
}

static void prepare_method(struct io_uring_sqe *sqe, const struct slot *slot,
			   u64 offset)
{
	int mode = FALLOC_FL_KEEP_SIZE;

	switch (slot->method) {
	case METHOD_DISCARD_COMMAND:
		io_uring_prep_rw(IORING_OP_URING_CMD, sqe, 0, NULL, 0, 0);
		sqe->cmd_op = URING_CMD_DISCARD;
		sqe->addr = offset;
		sqe->addr3 = slot->bytes;
		sqe->flags |= IOSQE_ASYNC;
		return;
	case METHOD_ZERO_RANGE:
		mode |= FALLOC_FL_ZERO_RANGE;
		break;
	default:
		mode |= FALLOC_FL_PUNCH_HOLE;
		break;
	}
	io_uring_prep_fallocate(sqe, 0, mode, (off_t)offset,
				(off_t)slot->bytes);
}

static struct io_uring_sqe *get_sqe(struct stress_engine *engine)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&engine->ring);

	if (!sqe) {
		/* Only after retries: the ring has an entry for each slot. */
		io_uring_submit(&engine->ring);
		sqe = io_uring_get_sqe(&engine->ring);
	}
	return sqe;
}

/* Let the ring tell us when a helper thread has finished something. */
static void listen_to_helper(struct stress_engine *engine)
{
	struct io_uring_sqe *sqe = get_sqe(engine);

	io_uring_prep_read(sqe, helper_fd(engine->helper), engine->results,
			   sizeof(engine->results), 0);
	io_uring_sqe_set_data(sqe, NULL);
}

static void send_to_helper(struct stress_engine *engine, struct slot *slot,
			   u64 offset)
{
	if (!engine->helper_in_flight++)
		listen_to_helper(engine);
	helper_discard(engine->helper, slot, offset, slot->bytes);
}

static void prepare(struct stress_engine *engine, struct slot *slot)
{
	u64 offset = slot->request.first *
		     engine->parts.options->settings.block_bytes;
	struct io_uring_sqe *sqe;

	if (slot->method == METHOD_DISCARD_IOCTL) {
		send_to_helper(engine, slot, offset);
		return;
	}
	sqe = get_sqe(engine);
	switch (slot->request.op) {
	case STRESS_READ:
		io_uring_prep_read(sqe, 0, slot->buffer, (u32)slot->bytes,
				   offset);
		break;
	case STRESS_WRITE:
	case STRESS_FUA:
		io_uring_prep_write(sqe, 0, slot->buffer, (u32)slot->bytes,
				    offset);
		if (slot->request.op == STRESS_FUA)
			sqe->rw_flags = RWF_DSYNC;
		break;
	case STRESS_FLUSH:
		io_uring_prep_fsync(sqe, 0, IORING_FSYNC_DATASYNC);
		break;
	default:
		prepare_method(sqe, slot, offset);
		break;
	}
	sqe->flags |= IOSQE_FIXED_FILE;
	io_uring_sqe_set_data(sqe, slot);
}

static int tell_oracle(struct stress_engine *engine, struct slot *slot)
{
	const struct stress_request *request = &slot->request;
	struct oracle *oracle = engine->parts.oracle;
	enum oracle_kind kind = ORACLE_WRITE;

	switch (request->op) {
	case STRESS_READ:
		return oracle_read_begin(oracle, &slot->read);
	case STRESS_FLUSH:
		slot->stamp = oracle_flush_begin(oracle);
		return 0;
	case STRESS_DISCARD:
		kind = ORACLE_TRIM;
		break;
	case STRESS_ZERO:
		kind = ORACLE_ZERO;
		break;
	default:
		break;
	}
	return oracle_submit(oracle, kind, request->number, request->first,
			     request->count, request->op == STRESS_FUA);
}

static int start(struct stress_engine *engine)
{
	struct stress_report *report = engine->parts.report;
	const struct stress_request *request = &engine->waiting;
	struct slot *slot = engine->free_slots;
	int error;

	engine->free_slots = slot->next_free;
	slot->request = *request;
	slot->used = true;
	slot->retried = false;
	slot->method = pick_method(engine, request);
	slot->bytes = (u64)request->count *
		      engine->parts.options->settings.block_bytes;
	slot->buffer = NULL;
	if (needs_buffer(request->op)) {
		slot->buffer = buffer_get(&engine->buffers, slot->bytes);
		if (!slot->buffer)
			return -ENOMEM;
	}
	if (request->op == STRESS_WRITE || request->op == STRESS_FUA)
		fill_buffer(engine, slot);
	error = tell_oracle(engine, slot);
	if (error)
		return error;
	if (request->number) {
		state_submit(engine->log, request);
		slot->place = history_begin(&report->history, request);
		report->ops[request->op].submitted++;
		report->ops[request->op].bytes += slot->bytes;
	}
	prepare(engine, slot);
	engine->in_flight++;
	engine->has_waiting = false;
	return 0;
}

/* May the request at the head of the source be sent now? */
static bool may_start(const struct stress_engine *engine)
{
	const struct stress_options *options = engine->parts.options;
	const struct stress_request *request = &engine->waiting;
	u64 bytes = (u64)request->count * options->settings.block_bytes;

	if (!engine->in_flight)
		return true;
	if (request->drain || engine->in_flight >= request->depth ||
	    engine->in_flight >= engine->slot_count)
		return false;
	return !needs_buffer(request->op) ||
	       engine->buffers.used_bytes + bytes <= options->memory_bytes;
}

static void start_requests(struct stress_engine *engine, engine_source source,
			   void *context)
{
	int error;

	while (!engine->stop) {
		if (!engine->has_waiting &&
		    !source(context, &engine->waiting))
			return;
		engine->has_waiting = true;
		if (!may_start(engine))
			return;
		error = start(engine);
		if (error) {
			complain("%s", strerror(-error));
			stop(engine, ENGINE_ERROR);
		}
	}
}

static void check_blocks(struct stress_engine *engine, struct slot *slot)
{
	const struct engine_parts *parts = &engine->parts;
	u32 block_bytes = parts->options->settings.block_bytes;
	u64 block = slot->request.first;
	struct oracle_verdict verdict;
	const u8 *data = slot->buffer;
	u32 i;

	for (i = 0; i < slot->request.count;
	     i++, block++, data += block_bytes) {
		verdict = oracle_check(parts->oracle, slot->read, block, data);
		if (verdict.narrowed)
			state_observe(engine->log, block, &verdict.found);
		if (verdict.right)
			continue;
		if (parts->report->mismatches < parts->options->stop_after)
			report_mismatch(parts->report, parts->oracle, block,
					data, slot->read,
					slot->request.number);
		oracle_forget(parts->oracle, block);
		if (parts->report->mismatches >= parts->options->stop_after)
			stop(engine, ENGINE_MISMATCH);
	}
	if (!slot->request.number)
		parts->report->verify_blocks += slot->request.count;
}

static void finish_read(struct stress_engine *engine, struct slot *slot,
			bool failed)
{
	if (!failed)
		check_blocks(engine, slot);
	else if (!slot->request.number)
		engine->parts.report->unverified_blocks += slot->request.count;
	oracle_read_end(engine->parts.oracle, slot->read);
}

/* The device does not know this operation: no error, and no effect on trust. */
static bool is_unsupported(const struct slot *slot, int result)
{
	return slot->method != METHOD_PLAIN &&
	       (result == -EOPNOTSUPP || result == -ENOTTY);
}

static void count_failure(struct stress_engine *engine,
			  const struct slot *slot, int result)
{
	const struct stress_options *options = engine->parts.options;
	struct stress_report *report = engine->parts.report;
	u64 number = slot->request.number;

	if (number)
		report->ops[slot->request.op].failed++;
	if (is_unsupported(slot, result)) {
		report->ops[slot->request.op].unsupported++;
		return;
	}
	if (report->power_cut || options->expect_errors)
		return;
	if (options->power_cut) {
		report->power_cut = true;
		report->cut_index = stress_number_index(number);
		stop(engine, ENGINE_POWER_CUT);
		return;
	}
	report_io_error(report, &slot->request, result < 0 ? result : 0);
	stop(engine, ENGINE_ERROR);
}

static void finish(struct stress_engine *engine, struct slot *slot, int result)
{
	const struct stress_request *request = &slot->request;
	bool failed = result < 0;

	if (needs_buffer(request->op))
		failed = result != (int)slot->bytes;
	if (failed)
		count_failure(engine, slot, result);
	if (request->op == STRESS_READ)
		finish_read(engine, slot, failed);
	else if (request->op != STRESS_FLUSH)
		oracle_complete(engine->parts.oracle, request->number,
				request->first, request->count, failed);
	else if (!failed)
		oracle_flush_end(engine->parts.oracle, slot->stamp);
	if (request->number) {
		history_end(&engine->parts.report->history, slot->place,
			    failed);
		if (request->op != STRESS_READ)
			state_complete(engine->log, request->number, failed);
	}
	buffer_put(&engine->buffers, slot->buffer, slot->bytes);
	slot->used = false;
	slot->next_free = engine->free_slots;
	engine->free_slots = slot;
	engine->in_flight--;
}

/* Helper threads start when the kernel turned out to have nothing better. */
static bool can_use(struct stress_engine *engine, enum method method)
{
	if (method == METHOD_DISCARD_IOCTL && !engine->helper)
		engine->helper = helper_create(engine->parts.device->fd);
	return method != METHOD_DISCARD_IOCTL || engine->helper;
}

static void complete(struct stress_engine *engine, struct slot *slot,
		     int result)
{
	if (result == -EAGAIN || result == -EINTR) {
		prepare(engine, slot);
		return;
	}
	if (is_unsupported(slot, result)) {
		engine->unsupported[slot->method] = true;
		if (!slot->retried && can_use(engine,
					      other_method(slot->method))) {
			slot->retried = true;
			slot->method = other_method(slot->method);
			prepare(engine, slot);
			return;
		}
	}
	finish(engine, slot, result);
}

static void take_helper_results(struct stress_engine *engine, int bytes)
{
	u32 i, count = bytes > 0 ? (u32)bytes / sizeof(engine->results[0]) : 0;
	struct helper_result results[HELPER_RESULTS];

	/* What completes may be sent again, and listen anew. */
	memcpy(results, engine->results, sizeof(results));
	engine->helper_in_flight -= count;
	if (engine->helper_in_flight)
		listen_to_helper(engine);
	for (i = 0; i < count; i++)
		complete(engine, results[i].tag, results[i].result);
}

static void take_completions(struct stress_engine *engine)
{
	struct io_uring_cqe *cqe;
	u32 head, count = 0;

	io_uring_for_each_cqe(&engine->ring, head, cqe) {
		if (io_uring_cqe_get_data(cqe))
			complete(engine, io_uring_cqe_get_data(cqe), cqe->res);
		else
			take_helper_results(engine, cqe->res);
		count++;
	}
	io_uring_cq_advance(&engine->ring, count);
	if (count)
		engine->last_completion_ns = engine_clock_ns();
}

static void report_hang(struct stress_engine *engine)
{
	struct stress_report *report = engine->parts.report;
	const struct stress_request *request;
	u32 i;

	report_clear_progress();
	printf("HANG: nothing completed for %llu s, in flight:\n",
	       engine->parts.options->timeout_seconds);
	for (i = 0; i < engine->slot_count; i++) {
		if (!engine->slots[i].used)
			continue;
		request = &engine->slots[i].request;
		printf("  %llu.%llu %s blocks %llu-%llu\n",
		       stress_number_round(request->number),
		       stress_number_index(request->number),
		       stress_op_name(request->op), request->first,
		       request->first + request->count - !!request->count);
	}
	printf("  repeat: ");
	options_print_command(stdout, engine->parts.options,
			      report->generated);
	fflush(stdout);
	report->hangs++;
	stop(engine, ENGINE_ERROR);
}

/* Return: false if there is no use in waiting any longer. */
static bool look_at_clock(struct stress_engine *engine, u64 deadline_ns)
{
	u64 now = engine_clock_ns();

	engine->parts.report->seconds =
		(double)(now - engine->started_ns) / NS_PER_SECOND;
	if (engine_stopped() || (deadline_ns && now >= deadline_ns))
		stop(engine, ENGINE_STOPPED);
	if (engine->in_flight && now - engine->last_completion_ns >=
	    engine->parts.options->timeout_seconds * NS_PER_SECOND) {
		report_hang(engine);
		return false;
	}
	if (engine->terminal &&
	    now - engine->last_progress_ns >= NS_PER_SECOND) {
		engine->last_progress_ns = now;
		report_progress(engine->parts.report, engine->in_flight);
	}
	return true;
}

static int submit_and_wait(struct stress_engine *engine)
{
	/* On a terminal, wake up for the progress line. */
	u64 timeout = engine->terminal ? 1 :
		      engine->parts.options->timeout_seconds;
	struct __kernel_timespec limit = { .tv_sec = (s32)timeout };
	u32 wanted = engine->in_flight / WAIT_SHARE + 1;
	struct io_uring_cqe *cqe;
	int error;

	if (engine->has_waiting && engine->waiting.drain)
		wanted = engine->in_flight;
	/* One entry of the ring can stand for several helpers. */
	if (engine->helper_in_flight)
		wanted = 1;
	error = io_uring_submit_and_wait_timeout(&engine->ring, &cqe, wanted,
						 &limit, NULL);
	if (error >= 0 || error == -ETIME || error == -EINTR ||
	    error == -EAGAIN || error == -EBUSY)
		return 0;
	complain("io_uring: %s", strerror(-error));
	return error;
}

enum engine_end engine_run(struct stress_engine *engine, engine_source source,
			   void *context, u64 deadline_ns)
{
	engine->stop = false;
	engine->end = ENGINE_DONE;
	engine->has_waiting = false;
	engine->last_completion_ns = engine_clock_ns();
	for (;;) {
		start_requests(engine, source, context);
		if (!engine->in_flight)
			break;
		/* A request the log does not know must not be sent. */
		if (state_write(engine->log)) {
			engine->parts.report->io_errors++;
			engine->end = ENGINE_ERROR;
			return ENGINE_ERROR;
		}
		if (submit_and_wait(engine)) {
			engine->parts.report->io_errors++;
			return ENGINE_ERROR;
		}
		take_completions(engine);
		if (!look_at_clock(engine, deadline_ns))
			return ENGINE_ERROR;
	}
	look_at_clock(engine, deadline_ns);
	if (state_write(engine->log)) {
		engine->parts.report->io_errors++;
		engine->end = ENGINE_ERROR;
	}
	return engine->end;
}
