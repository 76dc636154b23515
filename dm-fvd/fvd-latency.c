// SPDX-License-Identifier: GPL-2.0-only
/*
 * Latencies in logarithmic buckets.
 *
 * Invariants:
 *   I-LAT-1  total == sum of counts, and is below 2 * FVD_LATENCY_FADE_COUNT.
 *
 * Locking: the owner's. Left out on purpose: exact percentiles; they would need
 * every value.
 */
#include "fvd-latency.h"

/* Buckets in each power of two. */
#define SUBS	((u32)BIT(FVD_LATENCY_SUB_SHIFT))

static unsigned int bucket_of(u64 latency_ns)
{
	u64 units = latency_ns >> FVD_LATENCY_UNIT_SHIFT;
	unsigned int power;

	if (units < SUBS)
		return units;
	power = ilog2(units);
	return min_t(u64, FVD_LATENCY_BUCKETS - 1,
		     (power - FVD_LATENCY_SUB_SHIFT + 1) * SUBS +
		     ((units >> (power - FVD_LATENCY_SUB_SHIFT)) & (SUBS - 1)));
}

/* Where a bucket starts; of one behind the last, too. */
static u64 bucket_start_ns(unsigned int bucket)
{
	unsigned int shift;

	if (bucket < SUBS)
		return (u64)bucket << FVD_LATENCY_UNIT_SHIFT;
	shift = bucket / SUBS - 1;
	return ((u64)SUBS + bucket % SUBS) << (shift + FVD_LATENCY_UNIT_SHIFT);
}

void fvd_latencies_fade(struct fvd_latencies *latencies)
{
	unsigned int i;
	u16 sum = 0;

	/*
	 * What is odd goes to the next bucket that has something: so single
	 * values far out are halved in number, too, and not lost.
	 */
	for (i = 0; i < FVD_LATENCY_BUCKETS; i++) {
		sum += latencies->counts[i];
		if (!latencies->counts[i])
			continue;
		latencies->counts[i] = sum / 2;
		sum &= 1;
	}
	latencies->total = 0;
	for (i = 0; i < FVD_LATENCY_BUCKETS; i++)
		latencies->total += latencies->counts[i];
}

void fvd_latencies_add(struct fvd_latencies *latencies, u64 latency_ns)
{
	latencies->counts[bucket_of(latency_ns)]++;
	if (++latencies->total >= FVD_LATENCY_FADE_COUNT) /* I-LAT-1 */
		fvd_latencies_fade(latencies);
}

void fvd_latencies_clear(struct fvd_latencies *latencies)
{
	memset(latencies, 0, sizeof(*latencies));
}

u64 fvd_latencies_percentile_ns(const struct fvd_latencies *latencies,
				unsigned int percent)
{
	u32 rank = (latencies->total * percent + 99) / 100, below = 0, count;
	unsigned int i;
	u64 start;

	if (!latencies->total)
		return 0;
	for (i = 0; i < FVD_LATENCY_BUCKETS - 1; i++) {
		if (below + latencies->counts[i] >= rank)
			break;
		below += latencies->counts[i];
	}
	start = bucket_start_ns(i);
	count = max_t(u32, latencies->counts[i], 1);
	return start + div_u64((bucket_start_ns(i + 1) - start) *
			       (rank - below), count);
}
