/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A collection of latencies that tells percentiles.
 *
 * Buckets are a sixteenth of a power of two wide, so that a percentile is right
 * to about 6 %, and interpolation makes that better. When it holds enough, old
 * values fade: all counts are halved.
 *
 * Pure; the owner's lock.
 */
#ifndef FVD_LATENCY_H
#define FVD_LATENCY_H

#include "fvd-portability.h"

/* From 1 us (all below is one bucket) to 128 s (all above is one). */
#define FVD_LATENCY_UNIT_SHIFT	10
#define FVD_LATENCY_SUB_SHIFT	4
#define FVD_LATENCY_BUCKETS	384U
/*
 * The 95th percentile of 512 has 25 values above it: they may be 5 more or
 * less by chance, which moves it by a few percent. And of a guest with 100 IOPS
 * it forgets within seconds.
 */
#define FVD_LATENCY_FADE_COUNT	512U

/**
 * struct fvd_latencies - the collection. All zeros: empty.
 * @counts: of each bucket
 * @total: sum of @counts
 */
struct fvd_latencies {
	u16 counts[FVD_LATENCY_BUCKETS];
	u32 total;
};

/** fvd_latencies_add() - one more. */
void fvd_latencies_add(struct fvd_latencies *latencies, u64 latency_ns);

/** fvd_latencies_fade() - halve all counts: what is known counts less. */
void fvd_latencies_fade(struct fvd_latencies *latencies);

/** fvd_latencies_clear() - forget all. */
void fvd_latencies_clear(struct fvd_latencies *latencies);

/**
 * fvd_latencies_percentile_ns() - what so many percent do not exceed.
 * @latencies: the collection
 * @percent: 1 to 100
 *
 * Returns: nanoseconds; 0 if the collection is empty.
 */
u64 fvd_latencies_percentile_ns(const struct fvd_latencies *latencies,
				unsigned int percent);

#endif /* FVD_LATENCY_H */
