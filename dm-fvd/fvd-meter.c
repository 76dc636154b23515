// SPDX-License-Identifier: GPL-2.0-only
/*
 * Throughput and latency of a device.
 *
 * Invariants:
 *   I-MTR-1  Time with nothing in flight is in no measure.
 *
 * Locking: the owner's. Left out on purpose: the least latency ever seen. One
 * lucky request (a cache on the way) would make every other look slow; so the
 * mean of some requests that were alone is taken, and taken again and again.
 */
#include "fvd-meter.h"

#define NS_PER_US	1000U
#define US_PER_SECOND	1000000U
/*
 * A measure of every 100 ms takes a 64th off the best rate: it has halved after
 * four and a half seconds. So one stall does not count, and a rate that is gone
 * is forgotten soon.
 */
#define BEST_FADE_SHIFT	6
/*
 * Others' load comes and goes within minutes, ways get longer for good: so the
 * least is remembered for five minutes at least, and ten at most.
 */
#define EPOCH_NS	(300 * 1000000000ULL)
/* One is no mean; more than two of a base far away take too long. */
#define ALONE_MIN_DONE	2U

void fvd_meter_restart(struct fvd_meter *meter, u64 now_ns)
{
	meter->start_ns = now_ns;
	meter->nr_bytes = 0;
	meter->latency_sum_ns = 0;
	meter->nr_done = 0;
}

void fvd_meter_begin(struct fvd_meter *meter, u64 now_ns)
{
	if (!meter->nr_in_flight++) {
		if (meter->nr_done)
			meter->start_ns += now_ns - meter->idle_ns; /* I-MTR-1 */
		else
			meter->start_ns = now_ns;
	}
}

void fvd_meter_end(struct fvd_meter *meter, u32 nr_bytes, u64 latency_ns,
		   u64 now_ns)
{
	meter->nr_in_flight--;
	meter->nr_done++;
	meter->nr_bytes += nr_bytes;
	meter->latency_sum_ns += latency_ns;
	if (!meter->nr_in_flight)
		meter->idle_ns = now_ns;
}

bool fvd_meter_is_due(const struct fvd_meter *meter, u64 measure_ns,
		      u64 now_ns)
{
	return meter->nr_done && now_ns >= meter->start_ns + measure_ns;
}

static void learn_alone(struct fvd_meter *meter, u64 now_ns)
{
	u64 previous_ns = meter->alone_ns;

	if (now_ns >= meter->epoch_end_ns) {
		previous_ns = meter->epoch_alone_ns;
		meter->epoch_alone_ns = meter->latency_ns;
		meter->epoch_end_ns = now_ns + EPOCH_NS;
	}
	meter->epoch_alone_ns = min(meter->epoch_alone_ns, meter->latency_ns);
	meter->alone_ns = meter->epoch_alone_ns;
	if (previous_ns)
		meter->alone_ns = min(meter->alone_ns, previous_ns);
}

void fvd_meter_finish(struct fvd_meter *meter, u32 alpha_percent, bool alone,
		      u64 now_ns)
{
	u64 us = div_u64(now_ns - meter->start_ns, NS_PER_US) + 1;
	u64 rate = div64_u64(meter->nr_bytes * US_PER_SECOND, us);

	if (alone && meter->nr_done < ALONE_MIN_DONE)
		return;
	meter->latency_ns = div_u64(meter->latency_sum_ns, meter->nr_done);
	if (alone) {
		learn_alone(meter, now_ns);
	} else {
		meter->average = !meter->average ? rate :
			div_u64(meter->average * (100 - alpha_percent) +
				rate * alpha_percent, 100);
	}
	meter->best = max(rate, meter->best - (meter->best >> BEST_FADE_SHIFT));
	fvd_meter_restart(meter, now_ns);
}

u64 fvd_meter_bytes_in(const struct fvd_meter *meter, u64 ns)
{
	/* In KiB/s and units of 1024 ns: 2^20 / 10^9 is 1 / 954. */
	return div_u64((meter->best >> 10) * (ns >> 10), 954);
}
