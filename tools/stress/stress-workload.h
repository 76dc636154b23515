/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which requests to send: a pure function of the seed and the options.
 *
 * Nothing here knows what has completed. Where a request must wait for earlier
 * ones (a database that syncs its log), or where fewer requests are to be in
 * flight, the request says so and the engine obeys; the sequence is the same
 * on every device and at every speed.
 *
 * All positions and sizes are in logical blocks unless the name says otherwise.
 */
#ifndef STRESS_WORKLOAD_H
#define STRESS_WORKLOAD_H

#include "stress-random.h"
#include "stress-types.h"

/*
 * A request number says in which round (a run of the program on one state) and
 * where in its sequence the request was made, whatever happened before.
 */
#define STRESS_ROUND_SHIFT	32
#define STRESS_ROUND_MAX	((1U << 24) - 1)

static inline u64 stress_number(u64 round, u64 index)
{
	return round << STRESS_ROUND_SHIFT | index;
}

static inline u64 stress_number_round(u64 number)
{
	return number >> STRESS_ROUND_SHIFT;
}

static inline u64 stress_number_index(u64 number)
{
	return number & ((1ULL << STRESS_ROUND_SHIFT) - 1);
}

/** enum stress_op - the operations; STRESS_FUA is a write with FUA */
enum stress_op {
	STRESS_READ,
	STRESS_WRITE,
	STRESS_FLUSH,
	STRESS_FUA,
	STRESS_DISCARD,
	STRESS_ZERO,
	STRESS_OPS,
};

/**
 * enum stress_profile - what kind of user to play
 * @STRESS_UNIFORM: everything, everywhere, in phases of changing depth
 * @STRESS_DATABASE: page reads and writes, a synced log, checkpoints
 * @STRESS_STREAM: a few sequential readers and writers
 * @STRESS_BOOT: clustered reads in a repeating order, few writes
 */
enum stress_profile {
	STRESS_UNIFORM,
	STRESS_DATABASE,
	STRESS_STREAM,
	STRESS_BOOT,
	STRESS_PROFILES,
};

/**
 * struct stress_request - one request
 * @number: its number, unique over all rounds of a seed
 * @op: what to do
 * @variant: one random bit, for operations that can be sent in two ways
 * @drain: submit only when no other request is in flight
 * @depth: submit only when fewer than this many are in flight
 * @first: first logical block; 0 for a flush
 * @count: number of logical blocks; 0 for a flush
 */
struct stress_request {
	u64 number;
	enum stress_op op;
	bool variant;
	bool drain;
	u32 depth;
	u64 first;
	u32 count;
};

/**
 * struct workload_config - everything the sequence depends on
 * @seed: random seed; each round has its own sequence of it
 * @round: round of the request numbers
 * @profile: whom to play
 * @weights: how often each operation comes, relative to the others; in the
 *	profiles other than uniform, 0 turns an operation into a read
 * @depth: greatest number of requests in flight
 * @blocks: size of the device
 * @max_blocks: greatest size of a read or write
 * @unit_blocks: block size of the device under test
 * @chunk_blocks: chunk size of the device under test
 * @base_blocks: where its base ends (rounded down)
 */
struct workload_config {
	u64 seed;
	u64 round;
	enum stress_profile profile;
	u32 weights[STRESS_OPS];
	u32 depth;
	u64 blocks;
	u64 max_blocks;
	u64 unit_blocks;
	u64 chunk_blocks;
	u64 base_blocks;
};

#define WORKLOAD_RECENT	64
#define WORKLOAD_QUEUE	64
#define WORKLOAD_STREAMS 4

/**
 * struct workload - the generator; to be treated as opaque
 */
struct workload {
	struct workload_config config;
	struct stress_random random;
	u64 next_number;
	u32 total_weight;
	/* uniform: the phase */
	u64 phase_left;
	u32 phase_depth;
	u64 window_first;
	u64 window_count;
	/* where recent requests went */
	u64 recent[WORKLOAD_RECENT];
	u64 generated;
	/* the other profiles make several requests at a time */
	struct stress_request queue[WORKLOAD_QUEUE];
	u32 queue_head;
	u32 queue_tail;
	u64 cursor[WORKLOAD_STREAMS];
	u64 step;
};

/** workload_init() - start the sequence of @config */
void workload_init(struct workload *workload,
		   const struct workload_config *config);

/** workload_next() - make the next request of the endless sequence */
void workload_next(struct workload *workload, struct stress_request *request);

/** stress_op_name() - "read", "write", "flush", "fua", "discard", "zero" */
const char *stress_op_name(enum stress_op op);

/** stress_profile_name() - "uniform", "database", "stream", "boot" */
const char *stress_profile_name(enum stress_profile profile);

#endif /* STRESS_WORKLOAD_H */
