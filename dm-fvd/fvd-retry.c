// SPDX-License-Identifier: GPL-2.0-only
/*
 * Failing ranges of the base, and when to try them again.
 *
 * Invariants:
 *   I-RTY-1  Ranges are sorted and disjoint, none is empty.
 *   I-RTY-2  A sector that failed is in the list until it was read (or is not
 *            needed any more).
 *
 * Locking: the owner's. Crash rule: the list is in memory only; after a crash
 * the base is asked again. Left out on purpose: a tree. The list is short, and
 * empty nearly always.
 */
#include "fvd-retry.h"

#define NS_PER_MS	1000000ULL

static const char * const policy_names[] = {
	[FVD_BASE_FAIL] = "fail",
	[FVD_BASE_RETRY] = "retry",
	[FVD_BASE_QUEUE] = "queue",
};

const char *fvd_base_policy_name(enum fvd_base_policy policy)
{
	return policy < FVD_BASE_NR_POLICIES ? policy_names[policy] : "?";
}

int fvd_base_policy_parse(const char *name)
{
	int i;

	for (i = 0; i < FVD_BASE_NR_POLICIES; i++)
		if (!strcmp(policy_names[i], name))
			return i;
	return -EINVAL;
}

void fvd_retry_init(struct fvd_retry *retry, u32 unit_sectors, u64 seed)
{
	memset(retry, 0, sizeof(*retry));
	retry->unit_sectors = max(unit_sectors, FVD_RETRY_MIN_SECTORS);
	retry->jitter.state = seed;
}

void fvd_retry_reset(struct fvd_retry *retry, u64 now_ns)
{
	unsigned int i;

	for (i = 0; i < retry->nr_ranges; i++) {
		retry->ranges[i].next_try_ns = now_ns;
		retry->ranges[i].nr_failures = 0;
	}
	retry->nr_in_a_row = 0;
	retry->away_until_ns = 0;
}

u64 fvd_retry_delay_ns(const struct fvd_settings *settings,
		       struct fvd_jitter *jitter, u32 nr_failures)
{
	u64 delay_ms = READ_ONCE(settings->base_retry_first_ms);
	u64 longest_ms = READ_ONCE(settings->base_retry_longest_ms);

	while (--nr_failures && delay_ms < longest_ms)
		delay_ms *= 2;
	return fvd_jitter_spread(jitter, min(delay_ms, longest_ms) * NS_PER_MS);
}

u64 fvd_retry_io_delay_ns(const struct fvd_settings *settings,
			  enum fvd_base_policy policy,
			  struct fvd_jitter *jitter, u32 nr_failures,
			  u64 waited_ns)
{
	u64 limit_ns = READ_ONCE(settings->base_queue_ms) * NS_PER_MS;
	u32 limit = READ_ONCE(settings->base_retry_limit);
	u64 delay_ns;

	switch (policy) {
	case FVD_BASE_RETRY:
		if (limit && nr_failures >= limit)
			return 0;
		return fvd_retry_delay_ns(settings, jitter, nr_failures);
	case FVD_BASE_QUEUE:
		if (waited_ns >= limit_ns)
			return 0;
		delay_ns = fvd_retry_delay_ns(settings, jitter, nr_failures);
		/* One last try when the time is over. */
		return min(delay_ns, limit_ns - waited_ns);
	default:
		return 0;
	}
}

static void remove_range(struct fvd_retry *retry, unsigned int at)
{
	struct fvd_retry_range *range = &retry->ranges[at];

	retry->nr_ranges--;
	memmove(range, range + 1, (retry->nr_ranges - at) * sizeof(*range));
}

/* Room at @at for a new range; the list is not full. */
static struct fvd_retry_range *insert_range(struct fvd_retry *retry,
					    unsigned int at)
{
	struct fvd_retry_range *range = &retry->ranges[at];

	memmove(range + 1, range, (retry->nr_ranges - at) * sizeof(*range));
	retry->nr_ranges++;
	return range;
}

/* The first range that ends behind @sector. */
static unsigned int find(const struct fvd_retry *retry, u64 sector)
{
	unsigned int i;

	for (i = 0; i < retry->nr_ranges; i++)
		if (retry->ranges[i].end_sector > sector)
			break;
	return i;
}

/* Ranges @at and @at + 1 become one: given up only if both were. */
static void join(struct fvd_retry *retry, unsigned int at)
{
	struct fvd_retry_range *a = &retry->ranges[at], *b = a + 1;

	a->end_sector = b->end_sector;
	a->nr_failures = min(a->nr_failures, b->nr_failures);
	if (a->next_try_ns == FVD_RETRY_NEVER_NS)
		a->next_try_ns = b->next_try_ns;
	else if (b->next_try_ns != FVD_RETRY_NEVER_NS)
		a->next_try_ns = max(a->next_try_ns, b->next_try_ns);
	remove_range(retry, at + 1);
}

/* The two ranges with the least between them become one. */
static void make_room(struct fvd_retry *retry)
{
	const struct fvd_retry_range *ranges = retry->ranges;
	u64 gap, least = U64_MAX;
	unsigned int i, best = 0;

	for (i = 0; i + 1 < retry->nr_ranges; i++) {
		gap = ranges[i + 1].first_sector - ranges[i].end_sector;
		if (gap < least) {
			least = gap;
			best = i;
		}
	}
	join(retry, best);
}

/*
 * Take [@sector, @end) out of range @at; true if nothing of it is left. Without
 * room for what would be two all of it stays: I-RTY-2.
 */
static bool subtract(struct fvd_retry *retry, unsigned int at, u64 sector,
		     u64 end)
{
	struct fvd_retry_range *range = &retry->ranges[at], *rest;

	if (range->first_sector >= sector && range->end_sector <= end) {
		remove_range(retry, at);
		return true;
	}
	if (range->first_sector >= sector) {
		range->first_sector = end;
	} else if (range->end_sector <= end) {
		range->end_sector = sector;
	} else if (retry->nr_ranges < FVD_RETRY_MAX_RANGES) {
		rest = insert_range(retry, at + 1);
		*rest = *range;
		rest->first_sector = end;
		range->end_sector = sector;
	}
	return false;
}

/*
 * Take [@sector, @end) out of all ranges. Returns: the most failures of any of
 * them; *@given_up if one of them was, unless NULL.
 */
static u32 take_out(struct fvd_retry *retry, u64 sector, u64 end, u64 *nr_gone,
		    bool *given_up)
{
	unsigned int at = find(retry, sector);
	u32 failures = 0;

	while (at < retry->nr_ranges && retry->ranges[at].first_sector < end) {
		failures = max(failures, retry->ranges[at].nr_failures);
		if (given_up && retry->ranges[at].next_try_ns ==
		    FVD_RETRY_NEVER_NS)
			*given_up = true;
		if (subtract(retry, at, sector, end))
			(*nr_gone)++;
		else
			at++;
	}
	return failures;
}

static void note_away(struct fvd_retry *retry,
		      const struct fvd_settings *settings, u64 now_ns)
{
	if (retry->nr_in_a_row < U32_MAX)
		retry->nr_in_a_row++;
	if (fvd_retry_is_away(retry))
		retry->away_until_ns = now_ns +
			fvd_retry_delay_ns(settings, &retry->jitter,
					   retry->nr_in_a_row -
					   FVD_RETRY_AWAY_FAILURES + 1);
}

enum fvd_retry_news fvd_retry_failed(struct fvd_retry *retry,
				     const struct fvd_settings *settings,
				     u64 sector, u64 nr_sectors, int error,
				     u64 now_ns)
{
	u32 limit = READ_ONCE(settings->base_retry_limit);
	bool first = !retry->nr_ranges;
	struct fvd_retry_range range = {
		.first_sector = sector,
		.end_sector = sector + nr_sectors,
		.error = error,
	};
	bool give_up, given_up = false;
	u64 nr_gone = 0;

	retry->nr_errors++;
	note_away(retry, settings, now_ns);
	/* For the range itself, and for one that it cuts in two. */
	while (retry->nr_ranges > FVD_RETRY_MAX_RANGES - 2)
		make_room(retry);
	range.nr_failures = take_out(retry, sector, range.end_sector, &nr_gone,
				     &given_up);
	if (range.nr_failures < U32_MAX)
		range.nr_failures++;
	give_up = limit && range.nr_failures >= limit &&
		nr_sectors <= retry->unit_sectors;
	range.next_try_ns = give_up ? FVD_RETRY_NEVER_NS : now_ns +
		fvd_retry_delay_ns(settings, &retry->jitter, range.nr_failures);
	/* Nothing of it is in the list any more: I-RTY-1. */
	*insert_range(retry, find(retry, sector)) = range;
	if (give_up && !given_up)
		return FVD_RETRY_GAVE_UP;
	return first ? FVD_RETRY_FIRST_ERROR : FVD_RETRY_NOTHING_NEW;
}

enum fvd_retry_news fvd_retry_forget(struct fvd_retry *retry, u64 sector,
				     u64 nr_sectors)
{
	if (likely(!retry->nr_ranges))
		return FVD_RETRY_NOTHING_NEW;
	take_out(retry, sector, sector + nr_sectors, &retry->nr_recoveries,
		 NULL);
	return retry->nr_ranges ? FVD_RETRY_NOTHING_NEW : FVD_RETRY_RECOVERED;
}

enum fvd_retry_news fvd_retry_succeeded(struct fvd_retry *retry, u64 sector,
					u64 nr_sectors)
{
	retry->nr_in_a_row = 0;
	retry->away_until_ns = 0;
	return fvd_retry_forget(retry, sector, nr_sectors);
}

u64 fvd_retry_usable_sectors(const struct fvd_retry *retry, u64 sector,
			     u64 nr_sectors, u64 now_ns)
{
	const struct fvd_retry_range *range;
	unsigned int at;
	u64 half;

	if (likely(!retry->nr_ranges))
		return nr_sectors;
	at = find(retry, sector);
	if (at == retry->nr_ranges)
		return nr_sectors;
	range = &retry->ranges[at];
	if (range->first_sector > sector)
		return min(nr_sectors, range->first_sector - sector);
	if (range->next_try_ns > now_ns)
		return 0;
	half = round_up((range->end_sector - range->first_sector) / 2,
			(u64)retry->unit_sectors);
	half = max_t(u64, half, retry->unit_sectors);
	return min(min(nr_sectors, half), range->end_sector - sector);
}

u64 fvd_retry_skip(const struct fvd_retry *retry, u64 sector, u64 now_ns)
{
	unsigned int at;

	for (at = find(retry, sector); at < retry->nr_ranges; at++) {
		if (retry->ranges[at].first_sector > sector ||
		    retry->ranges[at].next_try_ns <= now_ns)
			break;
		sector = retry->ranges[at].end_sector;
	}
	return sector;
}

u64 fvd_retry_away_ns(const struct fvd_retry *retry, u64 now_ns)
{
	return retry->away_until_ns > now_ns ? retry->away_until_ns - now_ns : 0;
}

u64 fvd_retry_next_ns(const struct fvd_retry *retry)
{
	u64 next = FVD_RETRY_NEVER_NS;
	unsigned int i;

	for (i = 0; i < retry->nr_ranges; i++)
		next = min(next, retry->ranges[i].next_try_ns);
	return next;
}

unsigned int fvd_retry_nr_given_up(const struct fvd_retry *retry)
{
	unsigned int i, nr = 0;

	for (i = 0; i < retry->nr_ranges; i++)
		nr += retry->ranges[i].next_try_ns == FVD_RETRY_NEVER_NS;
	return nr;
}
