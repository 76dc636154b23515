// SPDX-License-Identifier: GPL-2.0-only
/*
 * The token bucket.
 *
 * Invariants:
 *   I-RAT-1  In any time T at most rate * T + burst + one request pass.
 *   I-RAT-2  No rate, size or clock below 2^62 ns overflows.
 *
 * Locking: the caller's. Crash rule: nothing of this is on the disk.
 * Left out on purpose: fairness among several users of one limit; there is one
 * user, the prefetch of one image.
 */
#include "fvd-rate.h"

#define NS_PER_SECOND	1000000000ULL
/* So that product + fraction below fits 64 bits: I-RAT-2. */
#define RATE_MAX	BIT_ULL(62)

static u64 cost_ns(const struct fvd_rate *rate, u32 nr_bytes, u64 fraction,
		   u64 *rest)
{
	/* Below 2^32 * 2^30 + 2^62. */
	u64 product = nr_bytes * NS_PER_SECOND + fraction;
	u64 ns = div64_u64(product, rate->bytes_per_second);

	*rest = product - ns * rate->bytes_per_second;
	return ns;
}

void fvd_rate_init(struct fvd_rate *rate, u64 bytes_per_second)
{
	rate->bytes_per_second = min_t(u64, bytes_per_second, RATE_MAX);
	rate->full_ns = 0;
	rate->fraction = 0;
}

void fvd_rate_set(struct fvd_rate *rate, u64 bytes_per_second, u64 now_ns)
{
	bytes_per_second = min_t(u64, bytes_per_second, RATE_MAX);
	if (bytes_per_second == rate->bytes_per_second)
		return;
	rate->bytes_per_second = bytes_per_second;
	rate->full_ns = min(rate->full_ns, now_ns + FVD_RATE_BURST_NS);
	rate->fraction = 0;
}

u64 fvd_rate_wait_ns(const struct fvd_rate *rate, u32 nr_bytes, u64 now_ns)
{
	u64 cost, rest, allowed;

	if (!rate->bytes_per_second || rate->full_ns <= now_ns)
		return 0;
	/* The bucket must hold the request, or all that it can hold: I-RAT-1. */
	cost = cost_ns(rate, nr_bytes, rate->fraction, &rest);
	cost = min_t(u64, cost, FVD_RATE_BURST_NS);
	allowed = now_ns + FVD_RATE_BURST_NS - cost;
	return rate->full_ns > allowed ? rate->full_ns - allowed : 0;
}

void fvd_rate_take(struct fvd_rate *rate, u32 nr_bytes, u64 now_ns)
{
	u64 cost;

	if (!rate->bytes_per_second)
		return;
	if (rate->full_ns < now_ns) {
		rate->full_ns = now_ns;
		rate->fraction = 0;
	}
	cost = cost_ns(rate, nr_bytes, rate->fraction, &rate->fraction);
	rate->full_ns = min(rate->full_ns + cost, RATE_MAX);
}

void fvd_rate_refund(struct fvd_rate *rate, u32 nr_bytes)
{
	u64 cost, rest;

	if (!rate->bytes_per_second)
		return;
	/* Rounded down: who gives back never gains. */
	cost = cost_ns(rate, nr_bytes, 0, &rest);
	rate->full_ns -= min(rate->full_ns, cost);
}
