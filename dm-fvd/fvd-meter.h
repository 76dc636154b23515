/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a device gives to prefetch: throughput and latency, measured over a
 * while at a time, and not while nothing is asked of it.
 *
 * As in the original: bytes over time, once at least so much time is over, go
 * into a moving average. What the original counted twice (the time of parallel
 * requests) or in the wrong unit is counted once, in ns.
 *
 * Pure; the owner's lock. Times are ns of a monotonic clock, below 2^62.
 */
#ifndef FVD_METER_H
#define FVD_METER_H

#include "fvd-portability.h"

/**
 * struct fvd_meter - a device. All zeros: nothing known.
 * @start_ns: of this measure; moved on by the time in which nothing was asked
 * @idle_ns: since when nothing is asked
 * @nr_bytes: of this measure
 * @latency_sum_ns: of this measure
 * @nr_done: requests of this measure
 * @nr_in_flight: requests
 * @average: bytes/s; 0: not measured yet
 * @best: bytes/s; fades within seconds
 * @latency_ns: mean of the last measure
 * @alone_ns: least mean of a measure with one request at a time, of the last
 *	five to ten minutes; 0: none
 * @epoch_alone_ns: of the current five minutes
 * @epoch_end_ns: end of these
 */
struct fvd_meter {
	u64 start_ns;
	u64 idle_ns;
	u64 nr_bytes;
	u64 latency_sum_ns;
	u32 nr_done;
	u32 nr_in_flight;
	u64 average;
	u64 best;
	u64 latency_ns;
	u64 alone_ns;
	u64 epoch_alone_ns;
	u64 epoch_end_ns;
};

/** fvd_meter_begin() - a request starts. */
void fvd_meter_begin(struct fvd_meter *meter, u64 now_ns);

/**
 * fvd_meter_end() - a request ended.
 * @meter: the meter
 * @nr_bytes: what it brought; 0 if it failed
 * @latency_ns: how long it took
 * @now_ns: time
 */
void fvd_meter_end(struct fvd_meter *meter, u32 nr_bytes, u64 latency_ns,
		   u64 now_ns);

/** fvd_meter_is_due() - is there enough for a measure? */
bool fvd_meter_is_due(const struct fvd_meter *meter, u64 measure_ns,
		      u64 now_ns);

/**
 * fvd_meter_finish() - a measure is due; begin the next.
 * @meter: the meter
 * @alpha_percent: weight of this measure in the average
 * @alone: there was one request at a time: learn @alone_ns, nothing else
 * @now_ns: time
 */
void fvd_meter_finish(struct fvd_meter *meter, u32 alpha_percent, bool alone,
		      u64 now_ns);

/** fvd_meter_restart() - forget what was gathered of this measure. */
void fvd_meter_restart(struct fvd_meter *meter, u64 now_ns);

/** fvd_meter_bytes_in() - what its best rate brings in @ns. */
u64 fvd_meter_bytes_in(const struct fvd_meter *meter, u64 ns);

/** fvd_meter_was_busy() - was anything in flight after @since_ns? */
static inline bool fvd_meter_was_busy(const struct fvd_meter *meter,
				      u64 since_ns)
{
	return meter->nr_in_flight || meter->idle_ns > since_ns;
}

#endif /* FVD_METER_H */
