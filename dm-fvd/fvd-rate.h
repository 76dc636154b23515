/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A limit in bytes per second: a token bucket that holds FVD_RATE_BURST_NS
 * worth of bytes.
 *
 * Kept as a time, not as tokens (the moment at which the bucket will be full),
 * so that there is nothing to refill and no rounding error to gather. In any
 * span of time T no more is let through than rate * T, plus one burst, plus
 * the last request; over a long time exactly the rate.
 *
 * Pure; the caller's lock and the caller's clock (monotonic, ns, below 2^62).
 */
#ifndef FVD_RATE_H
#define FVD_RATE_H

#include "fvd-portability.h"

/*
 * 100 ms: longer than the coarsest timer (10 ms) by so much that late timers
 * lose nothing, shorter than what somebody who shares the link feels as a
 * stall, and what the original took as its time to measure.
 */
#define FVD_RATE_BURST_NS	100000000ULL
#define FVD_RATE_UNLIMITED	0ULL

/**
 * struct fvd_rate - a limit.
 * @bytes_per_second: FVD_RATE_UNLIMITED = no limit
 * @full_ns: when the bucket will be full; in the past: it is full
 * @fraction: of a nanosecond that @full_ns is behind, in 1/bytes_per_second
 */
struct fvd_rate {
	u64 bytes_per_second;
	u64 full_ns;
	u64 fraction;
};

/**
 * fvd_rate_init() - a full bucket.
 * @rate: to be initialized
 * @bytes_per_second: any number; above 2^62 counts as 2^62
 */
void fvd_rate_init(struct fvd_rate *rate, u64 bytes_per_second);

/**
 * fvd_rate_set() - another limit from @now_ns on.
 * @rate: the limit
 * @bytes_per_second: as in fvd_rate_init()
 * @now_ns: time
 *
 * What was overdrawn is forgotten down to an empty bucket, so that nobody waits
 * for hours because the limit was once low. No effect if nothing changes.
 */
void fvd_rate_set(struct fvd_rate *rate, u64 bytes_per_second, u64 now_ns);

/**
 * fvd_rate_wait_ns() - how long until @nr_bytes may be taken. Changes nothing.
 * @rate: the limit
 * @nr_bytes: what is wanted; more than a burst may be had when the bucket is
 *	full, and is then paid off afterwards
 * @now_ns: time
 *
 * Returns: 0 if fvd_rate_take() may be called now; else nanoseconds.
 */
u64 fvd_rate_wait_ns(const struct fvd_rate *rate, u32 nr_bytes, u64 now_ns);

/** fvd_rate_take() - take them, whether there are enough or not. */
void fvd_rate_take(struct fvd_rate *rate, u32 nr_bytes, u64 now_ns);

/** fvd_rate_refund() - give back what was taken but not used. */
void fvd_rate_refund(struct fvd_rate *rate, u32 nr_bytes);

#endif /* FVD_RATE_H */
