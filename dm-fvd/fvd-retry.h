/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A base that fails: when to try again, and which ranges are failing.
 *
 * What failed is tried again in halves, each for itself, down to a unit: so what
 * can be read of a failed request is read, and what stays in the list is bad.
 * Only what can not be halved any more is given up. The list
 * is bounded: when it is full the two ranges nearest to one another become one;
 * so a range can hold sectors that never failed. They are then only tried
 * later, never forgotten.
 *
 * Several failures in a row, wherever they were, mean that the base is away: then
 * all of it waits, and one request at a time asks whether it is back.
 *
 * Pure; the owner's lock. Times are ns of a monotonic clock, below 2^62.
 */
#ifndef FVD_RETRY_H
#define FVD_RETRY_H

#include "fvd-jitter.h"
#include "fvd-settings.h"

/* More scattered failures than this are one failing device. */
#define FVD_RETRY_MAX_RANGES	64U
/* Units have 4 KiB at least: no sector of a disk is larger. */
#define FVD_RETRY_MIN_SECTORS	8U
/* One bad spot can fail two requests in a row, and then the next ones are good. */
#define FVD_RETRY_AWAY_FAILURES	3U
/* A range that was given up: never by time, only by fvd_retry_reset(). */
#define FVD_RETRY_NEVER_NS	BIT_ULL(62)

/** enum fvd_base_policy - what a guest gets that reads from a failing base. */
enum fvd_base_policy {
	FVD_BASE_FAIL,	/* the error, at once */
	FVD_BASE_RETRY,	/* the error, after base_retry_limit tries */
	FVD_BASE_QUEUE,	/* it waits up to base_queue_ms, then the error */
	FVD_BASE_NR_POLICIES,
};

/** fvd_base_policy_name() - "fail", "retry", "queue"; also of the messages. */
const char *fvd_base_policy_name(enum fvd_base_policy policy);

/** fvd_base_policy_parse() - the policy of that name, or -EINVAL. */
int __must_check fvd_base_policy_parse(const char *name);

/** enum fvd_retry_news - what a result means to whoever listens to events. */
enum fvd_retry_news {
	FVD_RETRY_NOTHING_NEW,
	FVD_RETRY_FIRST_ERROR,	/* no range was failing before */
	FVD_RETRY_GAVE_UP,	/* this range will not be tried again */
	FVD_RETRY_RECOVERED,	/* no range is failing any more */
};

/**
 * struct fvd_retry_range - a range of the base that fails.
 * @first_sector: where it starts
 * @end_sector: first sector behind it
 * @next_try_ns: not before; FVD_RETRY_NEVER_NS: given up
 * @nr_failures: in a row
 * @error: the last one, a negative errno
 */
struct fvd_retry_range {
	u64 first_sector;
	u64 end_sector;
	u64 next_try_ns;
	u32 nr_failures;
	int error;
};

/**
 * struct fvd_retry - the failing ranges of a base.
 * @ranges: sorted by sector, disjoint
 * @nr_ranges: how many
 * @nr_errors: ever
 * @nr_recoveries: ranges that could be read again
 * @nr_in_a_row: failures since the last success anywhere
 * @away_until_ns: nothing is tried before
 * @unit_sectors: a range is not halved below that
 * @jitter: of the delays
 */
struct fvd_retry {
	struct fvd_retry_range ranges[FVD_RETRY_MAX_RANGES];
	unsigned int nr_ranges;
	u64 nr_errors;
	u64 nr_recoveries;
	u32 nr_in_a_row;
	u64 away_until_ns;
	u32 unit_sectors;
	struct fvd_jitter jitter;
};

/**
 * fvd_retry_init() - nothing fails.
 * @retry: to be initialized
 * @unit_sectors: what is read at once at least, a power of two; less than
 *	FVD_RETRY_MIN_SECTORS counts as these
 * @seed: of the jitter
 */
void fvd_retry_init(struct fvd_retry *retry, u32 unit_sectors, u64 seed);

/** fvd_retry_reset() - all ranges may be tried at once, also given-up ones. */
void fvd_retry_reset(struct fvd_retry *retry, u64 now_ns);

/**
 * fvd_retry_delay_ns() - how long to wait after the n-th failure in a row.
 * @settings: base_retry_first_ms doubles up to base_retry_longest_ms
 * @jitter: spreads it from a half to one and a half
 * @nr_failures: at least 1
 *
 * For single I/Os of a guest, too: with the policy "retry" until @nr_failures
 * reaches base_retry_limit, with "queue" until base_queue_ms are over.
 */
u64 fvd_retry_delay_ns(const struct fvd_settings *settings,
		       struct fvd_jitter *jitter, u32 nr_failures);

/**
 * fvd_retry_io_delay_ns() - how long a guest's I/O waits before its next try.
 * @settings: limits
 * @policy: of the device
 * @jitter: for the delay
 * @nr_failures: of this I/O, at least 1
 * @waited_ns: since its first failure
 *
 * Returns: nanoseconds, or 0: no more, it fails.
 */
u64 fvd_retry_io_delay_ns(const struct fvd_settings *settings,
			  enum fvd_base_policy policy,
			  struct fvd_jitter *jitter, u32 nr_failures,
			  u64 waited_ns);

/**
 * fvd_retry_failed() - sectors of the base could not be read.
 * @retry: the list
 * @settings: delays and limit
 * @sector: first one
 * @nr_sectors: at least 1
 * @error: negative errno
 * @now_ns: time
 *
 * They are a range of their own from now on; what they leave of a range that
 * they were a part of can be tried at once. A range that is longer than a unit is
 * never given up, however often it failed: its halves may be good.
 *
 * Returns: FVD_RETRY_FIRST_ERROR, FVD_RETRY_GAVE_UP or FVD_RETRY_NOTHING_NEW.
 */
enum fvd_retry_news fvd_retry_failed(struct fvd_retry *retry,
				     const struct fvd_settings *settings,
				     u64 sector, u64 nr_sectors, int error,
				     u64 now_ns);

/**
 * fvd_retry_succeeded() - sectors were read.
 * @retry: the list
 * @sector: first one
 * @nr_sectors: at least 1
 *
 * What of failing ranges they cover leaves the list. Cheap while nothing
 * fails. A range that would fall in two pieces in a full list stays whole.
 *
 * Returns: FVD_RETRY_RECOVERED or FVD_RETRY_NOTHING_NEW.
 */
enum fvd_retry_news fvd_retry_succeeded(struct fvd_retry *retry, u64 sector,
					u64 nr_sectors);

/**
 * fvd_retry_forget() - sectors are not needed any more: the guest wrote them.
 * @retry: the list
 * @sector: first one
 * @nr_sectors: at least 1
 *
 * As fvd_retry_succeeded(), but says nothing about whether the base is there.
 */
enum fvd_retry_news fvd_retry_forget(struct fvd_retry *retry, u64 sector,
				     u64 nr_sectors);

/**
 * fvd_retry_usable_sectors() - how much from @sector on may be tried now.
 * @retry: the list
 * @sector: where to start
 * @nr_sectors: how much is wanted, at least 1
 * @now_ns: time
 *
 * Returns: sectors up to the next range in the list; in a range whose time has
 * come, up to half of it; 0: @sector has to wait, see fvd_retry_skip().
 */
u64 fvd_retry_usable_sectors(const struct fvd_retry *retry, u64 sector,
			     u64 nr_sectors, u64 now_ns);

/**
 * fvd_retry_skip() - the first sector at or behind @sector that may be tried.
 * @retry: the list
 * @sector: where to start
 * @now_ns: time
 *
 * Does not look whether the base is away.
 */
u64 fvd_retry_skip(const struct fvd_retry *retry, u64 sector, u64 now_ns);

/**
 * fvd_retry_away_ns() - how long the whole base has to wait.
 * @retry: the list
 * @now_ns: time
 *
 * Returns: nanoseconds; 0: something may be tried. After that time one request
 * should be tried alone; fvd_retry_is_away() tells that it is still uncertain.
 */
u64 fvd_retry_away_ns(const struct fvd_retry *retry, u64 now_ns);

/** fvd_retry_is_away() - the last few requests failed: try one at a time. */
static inline bool fvd_retry_is_away(const struct fvd_retry *retry)
{
	return retry->nr_in_a_row >= FVD_RETRY_AWAY_FAILURES;
}

/**
 * fvd_retry_next_ns() - when the next failing range may be tried.
 * @retry: the list
 *
 * Returns: a time, perhaps past; FVD_RETRY_NEVER_NS if there is none, or all
 * were given up.
 */
u64 fvd_retry_next_ns(const struct fvd_retry *retry);

/** fvd_retry_nr_given_up() - ranges that are not tried any more. */
unsigned int fvd_retry_nr_given_up(const struct fvd_retry *retry);

#endif /* FVD_RETRY_H */
