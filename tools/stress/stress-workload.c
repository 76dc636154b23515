// SPDX-License-Identifier: GPL-2.0-only
/*
 * The request generator.
 *
 * What finds bugs in block targets is proximity: two requests in one block, a
 * request that ends one sector behind a boundary, a write into what is just
 * being fetched. So a third of the positions are close to a recent request, a
 * third at a boundary of block, chunk, base or device, and phases gather
 * everything in a small window. Depth changes between phases, because some
 * races need few requests in flight and others many.
 *
 * I-WRK-1: the n-th request depends on the configuration and n alone.
 * I-WRK-2: every request lies on the device; a flush has no position.
 * I-WRK-3: reads and writes are at most max_blocks long; discards and
 * write-zeroes, which need no memory, may be longer.
 */
#include <string.h>

#include "stress-workload.h"

#define PHASE_MAX_REQUESTS	1024
/* A discard or write-zeroes: so many chunks, but not most of the device. */
#define WHOLE_CHUNKS_MAX	4
#define DEVICE_SHARE		16
/* Database: pages of up to 4 times the device's block, transactions of up to */
#define PAGE_MAX_UNITS		4
#define TRANSACTION_PAGES	6
#define CHECKPOINT_EVERY	24
#define CHECKPOINT_PAGES	32
/* Boot: how many places are read, and how many requests in a row at each. */
#define BOOT_PLACES		97
#define BOOT_RUN		12

static const char *const op_names[STRESS_OPS] = {
	"read", "write", "flush", "fua", "discard", "zero",
};

static const char *const profile_names[STRESS_PROFILES] = {
	"uniform", "database", "stream", "boot",
};

const char *stress_op_name(enum stress_op op)
{
	return op < STRESS_OPS ? op_names[op] : "?";
}

const char *stress_profile_name(enum stress_profile profile)
{
	return profile < STRESS_PROFILES ? profile_names[profile] : "?";
}

void workload_init(struct workload *workload,
		   const struct workload_config *config)
{
	u32 i;

	memset(workload, 0, sizeof(*workload));
	workload->config = *config;
	workload->random.state = random_mix(config->seed + RANDOM_WEYL) ^
				 random_mix(config->round);
	workload->next_number = stress_number(config->round, 0);
	for (i = 0; i < STRESS_OPS; i++)
		workload->total_weight += config->weights[i];
	for (i = 0; i < WORKLOAD_STREAMS; i++)
		workload->cursor[i] = random_below(&workload->random,
						   config->blocks);
}

static struct stress_request *push(struct workload *workload)
{
	u32 slot = workload->queue_tail++ % WORKLOAD_QUEUE;
	struct stress_request *request = &workload->queue[slot];

	memset(request, 0, sizeof(*request));
	request->number = workload->next_number++;
	request->depth = workload->config.depth;
	return request;
}

/* Put @count blocks at @first, moved and cut until they lie on the device. */
static void place(struct workload *workload, struct stress_request *request,
		  u64 first, u64 count)
{
	u64 blocks = workload->config.blocks;

	if (request->op != STRESS_DISCARD && request->op != STRESS_ZERO)
		count = min_u64(count, workload->config.max_blocks);
	count = max_u64(1, min_u64(count, blocks));
	if (first > blocks - count)
		first = blocks - count;
	request->first = first;
	request->count = (u32)count;
	workload->recent[workload->generated++ % WORKLOAD_RECENT] = first;
}

static u64 minus(u64 a, u64 b)
{
	return a > b ? a - b : 0;
}

static void start_phase(struct workload *workload)
{
	struct stress_random *random = &workload->random;
	u64 blocks = workload->config.blocks;

	workload->phase_left = random_log(random, PHASE_MAX_REQUESTS);
	workload->phase_depth = workload->config.depth;
	if (random_chance(random, 60))
		workload->phase_depth = (u32)random_log(random,
							workload->config.depth);
	workload->window_first = 0;
	workload->window_count = blocks;
	if (random_chance(random, 50)) {
		workload->window_count = random_log(random, blocks);
		workload->window_first =
			random_below(random,
				     blocks - workload->window_count + 1);
	}
}

static enum stress_op pick_op(struct workload *workload)
{
	u64 lot = random_below(&workload->random, workload->total_weight);
	u32 i;

	for (i = 0; i < STRESS_OPS; i++) {
		if (lot < workload->config.weights[i])
			return (enum stress_op)i;
		lot -= workload->config.weights[i];
	}
	return STRESS_READ;
}

static u64 pick_size(struct workload *workload, enum stress_op op)
{
	const struct workload_config *config = &workload->config;
	struct stress_random *random = &workload->random;
	u64 size;

	if ((op == STRESS_DISCARD || op == STRESS_ZERO) &&
	    random_chance(random, 25))
		return min_u64(config->chunk_blocks *
			       (1 + random_below(random, WHOLE_CHUNKS_MAX)),
			       max_u64(config->chunk_blocks,
				       config->blocks / DEVICE_SHARE));
	switch (random_below(random, 8)) {
	case 0:
		return 1;
	case 1:
	case 2:
		size = config->unit_blocks;
		break;
	case 3:
		size = config->unit_blocks * random_log(random, 16);
		break;
	case 4:
		size = config->unit_blocks + random_below(random, 3);
		size = max_u64(1, minus(size, 1));
		break;
	default:
		size = random_log(random, config->max_blocks);
	}
	return min_u64(size, config->max_blocks);
}

/* A boundary where off-by-one errors live. */
static u64 pick_boundary(struct workload *workload)
{
	const struct workload_config *config = &workload->config;
	struct stress_random *random = &workload->random;
	u64 unit = config->unit_blocks;

	switch (random_below(random, 8)) {
	case 0:
		return config->base_blocks;
	case 1:
		return random_chance(random, 50) ? 0 : config->blocks;
	case 2:
	case 3:
	case 4:
		unit = config->chunk_blocks;
		break;
	default:
		break;
	}
	return (workload->window_first +
		random_below(random, workload->window_count)) / unit * unit;
}

static u64 pick_first(struct workload *workload, u64 size)
{
	struct stress_random *random = &workload->random;
	u64 lot = random_below(random, 10);
	u64 near, known;

	if (lot < 3 && workload->generated) {
		known = min_u64(workload->generated, WORKLOAD_RECENT);
		near = workload->recent[random_below(random, known)];
		if (random_chance(random, 30))
			return near;
		return minus(near + random_below(random, 2 * size + 1), size);
	}
	if (lot < 7) {
		near = pick_boundary(workload);
		switch (random_below(random, 4)) {
		case 0:
			return near;
		case 1:
			return minus(near, size);
		case 2:
			return minus(near, random_below(random, size + 1));
		default:
			return minus(near + random_below(random, 3), 1);
		}
	}
	return workload->window_first +
	       random_below(random, workload->window_count);
}

static void make_uniform(struct workload *workload)
{
	struct stress_request *request;
	u64 size;

	if (!workload->phase_left--)
		start_phase(workload);
	request = push(workload);
	request->depth = workload->phase_depth;
	request->op = pick_op(workload);
	request->variant = random_chance(&workload->random, 50);
	if (request->op == STRESS_FLUSH)
		return;
	size = pick_size(workload, request->op);
	place(workload, request, pick_first(workload, size), size);
}

/* In a fixed profile: @op, unless the user gave it no weight. */
static struct stress_request *push_op(struct workload *workload,
				      enum stress_op op)
{
	struct stress_request *request = push(workload);

	request->op = op;
	if (!workload->config.weights[op])
		request->op = STRESS_READ;
	request->variant = random_chance(&workload->random, 50);
	/* A flush that became a read reads the first block. */
	if (request->op == STRESS_READ)
		request->count = 1;
	return request;
}

static void push_flush(struct workload *workload, bool drain)
{
	push_op(workload, STRESS_FLUSH)->drain = drain;
}

/* Sequential from cursor @stream, over the whole device again and again. */
static void push_next(struct workload *workload, enum stress_op op, u32 stream,
		      u64 size)
{
	struct stress_request *request = push_op(workload, op);
	u64 *cursor = &workload->cursor[stream];

	if (*cursor + size > workload->config.blocks)
		*cursor = 0;
	place(workload, request, *cursor, size);
	*cursor += request->count;
}

/* Some pages are hot: the square of a random number favours the first. */
static u64 pick_page(struct workload *workload, u64 page)
{
	u64 pages = max_u64(1, workload->config.blocks / page);
	u64 a = random_below(&workload->random, pages);

	if (random_chance(&workload->random, 50))
		return a * page;
	return random_below(&workload->random, a + 1) * page;
}

static void push_page(struct workload *workload, enum stress_op op)
{
	const struct workload_config *config = &workload->config;
	u64 page = config->unit_blocks * random_log(&workload->random,
						    PAGE_MAX_UNITS);

	page = min_u64(page, config->max_blocks);
	place(workload, push_op(workload, op), pick_page(workload, page), page);
}

/*
 * A transaction: read pages, append to the log and sync it (half of the time
 * waiting for the log write, as fsync does; else by FUA), write pages lazily.
 * Now and then a checkpoint: many pages, then a flush that waits for them.
 */
static void make_database(struct workload *workload)
{
	struct stress_random *random = &workload->random;
	u64 log = random_log(random, min_u64(workload->config.max_blocks, 32));
	u64 i, pages = 1 + random_below(random, TRANSACTION_PAGES);

	for (i = 0; i < pages; i++)
		push_page(workload, STRESS_READ);
	if (random_chance(random, 50)) {
		push_next(workload, STRESS_FUA, 0, log);
	} else {
		push_next(workload, STRESS_WRITE, 0, log);
		push_flush(workload, random_chance(random, 70));
	}
	for (i = random_below(random, pages + 1); i > 0; i--)
		push_page(workload, STRESS_WRITE);
	if (++workload->step % CHECKPOINT_EVERY)
		return;
	for (i = 0; i < CHECKPOINT_PAGES; i++)
		push_page(workload, STRESS_WRITE);
	push_flush(workload, true);
}

/* Two writers, two readers; the odd flush, discard and jump. */
static void make_stream(struct workload *workload)
{
	struct stress_random *random = &workload->random;
	u32 stream = (u32)random_below(random, WORKLOAD_STREAMS);
	u64 size = workload->config.max_blocks;

	if (random_chance(random, 30))
		size = random_log(random, size);
	if (random_chance(random, 1))
		workload->cursor[stream] =
			random_below(random, workload->config.blocks);
	push_next(workload, stream & 1 ? STRESS_WRITE : STRESS_READ, stream,
		  size);
	if (random_chance(random, 3))
		push_flush(workload, random_chance(random, 50));
	if (random_chance(random, 1))
		push_next(workload, random_chance(random, 50) ?
			  STRESS_DISCARD : STRESS_ZERO, stream, size);
}

/*
 * A boot reads the same places in nearly the same order each time, in short
 * sequential runs, and writes little: logs and a few new files.
 */
static void make_boot(struct workload *workload)
{
	const struct workload_config *config = &workload->config;
	struct stress_random *random = &workload->random;
	u64 place_number = workload->step++ % BOOT_PLACES;
	u64 run = 1 + random_below(random, BOOT_RUN);

	workload->cursor[0] = random_mix(config->seed ^ place_number) %
			      config->blocks;
	while (run-- > 0)
		push_next(workload, STRESS_READ, 0,
			  random_log(random, config->max_blocks));
	if (random_chance(random, 30))
		push_next(workload, STRESS_WRITE, 1,
			  random_log(random, config->unit_blocks * 2));
	if (random_chance(random, 10))
		push_page(workload, STRESS_WRITE);
	if (random_chance(random, 5))
		push_next(workload, STRESS_FUA, 1, 1);
	if (random_chance(random, 5))
		push_flush(workload, true);
}

void workload_next(struct workload *workload, struct stress_request *request)
{
	while (workload->queue_head == workload->queue_tail) {
		switch (workload->config.profile) {
		case STRESS_DATABASE:
			make_database(workload);
			break;
		case STRESS_STREAM:
			make_stream(workload);
			break;
		case STRESS_BOOT:
			make_boot(workload);
			break;
		default:
			make_uniform(workload);
		}
	}
	*request = workload->queue[workload->queue_head++ % WORKLOAD_QUEUE];
}
