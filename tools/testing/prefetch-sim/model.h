/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A world for the manners of prefetch: a server that many read from, clients
 * with a local disk, a guest and a prefetch engine each. The engine's decisions
 * are those of dm-fvd's own fvd-throttle.c.
 */
#ifndef MODEL_H
#define MODEL_H

#include "event.h"
#include "fvd-throttle.h"

#define MS	1000000ULL
#define SECOND	1000000000ULL
#define MB	1000000ULL
#define MIB	1048576ULL

#define PORTION_PART_BYTES	65536U

/**
 * struct device - serves one request after the other.
 * @bytes_per_s: how fast
 * @overhead_ns: of each request, while nothing else is served
 * @distance_ns: of each request, while others are served: the way there and back
 * @spread_ns: mean of what chance adds to that (exponential)
 * @portion_ns: if not 0: it hands out what it has to give in portions, at the
 *	begin of each period of so long, and parts of PORTION_PART_BYTES; as
 *	null_blk and shapers of traffic do
 * @free_ns: when all that was asked is served
 * @portion_left: bytes of the portion of @free_ns
 * @jitter: chance
 * @nr_bytes: served ever
 */
struct device {
	u64 bytes_per_s;
	u64 overhead_ns;
	u64 distance_ns;
	u64 spread_ns;
	u64 portion_ns;
	u64 free_ns;
	u64 portion_left;
	struct fvd_jitter jitter;
	u64 nr_bytes;
};

/** device_request() - when a request that starts now will have its answer. */
u64 device_request(struct device *device, u32 nr_bytes);

/** random_exponential() - with that mean. */
u64 random_exponential(struct fvd_jitter *jitter, u64 mean);

/** struct values - numbers with percentiles. */
struct values {
	u64 *value;
	size_t nr, max;
};

void values_add(struct values *values, u64 value);
u64 values_percentile(struct values *values, double percent);
void values_free(struct values *values);

/** struct guest_io - one line of a trace. */
struct guest_io {
	u64 at_ns;		/* since the start */
	enum fvd_guest_class class;
	u32 nr_bytes;
};

/** struct trace - what a guest does. */
struct trace {
	struct guest_io *io;
	size_t nr, max;
};

void trace_add(struct trace *trace, u64 at_ns, enum fvd_guest_class class,
	       u32 nr_bytes);
void trace_sort(struct trace *trace);
void trace_free(struct trace *trace);

/**
 * struct client - one machine.
 * @base: the server
 * @disk: its own
 * @settings: of its image
 * @throttle: decides
 * @trace: what its guest does
 * @next_io: of @trace
 * @bytes_left: in the base
 * @nr_fetched: bytes fetched so far
 * @done_ns: when nothing was left; 0: not yet
 * @started: prefetch runs
 * @timer: number of the newest timer; older ones are void
 * @start_ns: of the trace
 * @latency: of the guest's I/O, by class
 */
struct client {
	struct device *base;
	struct device disk;
	struct fvd_settings settings;
	struct fvd_throttle throttle;
	const struct trace *trace;
	size_t next_io;
	u64 bytes_left;
	u64 nr_fetched;
	u64 done_ns;
	bool started;
	u64 timer;
	u64 start_ns;
	struct values latency[FVD_GUEST_NR_CLASSES];
};

/** client_init() - a client with a disk of 500 MB/s and default settings. */
void client_init(struct client *client, struct device *base, u64 seed);

/** client_start_guest() - the guest begins with its trace now. */
void client_start_guest(struct client *client, const struct trace *trace);

/** client_start_prefetch() - prefetch begins after the start delay. */
void client_start_prefetch(struct client *client, u64 nr_bytes);

void client_free(struct client *client);

#endif /* MODEL_H */
