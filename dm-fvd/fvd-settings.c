// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names, ranges and defaults of the settings.
 *
 * Invariants:
 *   I-SET-1  Every number in a struct fvd_settings is within its range, at any
 *            moment, whatever texts or superblocks it came from.
 *
 * Locking: none; a number is one aligned word. Left out on purpose: units in
 * texts ("10M"); that is user space's.
 */
#include "fvd-settings.h"

#define MIB	1048576U
/* A week; what is longer is "on a message". */
#define LONGEST_DELAY_S		604800
#define DAY_MS			86400000

#define TUNABLE(field, unit, min, max, initial, power_of_two)		\
	{ #field, unit, offsetof(struct fvd_settings, field), min, max,	\
	  initial, power_of_two }

/*
 * fetch_window_bytes: 64 KiB is what a guest's readahead asks for next anyway,
 *	and at 10 ms and 50 MB/s costs a tenth of the round trip.
 * copy_on_read_limit_bytes: enough for 128 windows in flight.
 * commit_interval_ms: what dm-thin and dm-clone have.
 * low_space_chunks: 1 GiB of default chunks: minutes to react.
 * prefetch_start_delay_s: off, as in the original: who opens an image to look
 *	at it does not want all of it.
 * profile_start_delay_s: 0; a profile helps only if it is ahead of the guest.
 * prefetch_slots, prefetch_slot_bytes: 16 MiB in flight fill a line of 1 GB/s
 *	and 10 ms, or of 100 MB/s and 100 ms, with room; 1 MiB is where neither
 *	disks nor network servers gain from more. (Original: 2 of 1 MiB, of which
 *	one was in flight.)
 * prefetch_*_measure_ms, prefetch_alpha_percent, prefetch_min_*,
 * prefetch_max_*, prefetch_throttle_ms: as in the original. 5 MiB/s is half of
 *	what one disk gave to random 64 KiB reads.
 * prefetch_progress_kib_per_s: 256 KiB/s are four requests of 64 KiB a second,
 *	which no percentile below 99 of a guest with 100 IOPS can feel, and 22
 *	GB a day.
 * prefetch_latency_percent: 10, since the 99th percentile may grow by 20 and a
 *	measure of it is uncertain by as much again.
 * base_retry_*: a server that restarts is back within seconds; one that is away
 *	longer is asked every half minute, 64 times are half an hour.
 * base_queue_ms: 5 minutes; a guest's kernel complains after 2, and gives
 *	up (SCSI) or waits for ever (virtio).
 */
const struct fvd_tunable fvd_tunables[] = {
	TUNABLE(fetch_window_bytes, "bytes", 4096, MIB, 65536, true),
	TUNABLE(copy_on_read_limit_bytes, "bytes",
		0, 1024 * MIB, 8 * MIB, false),
	TUNABLE(commit_interval_ms, "ms", 1, 3600000, 1000, false),
	TUNABLE(low_space_chunks, "chunks", 0, U32_MAX, 1024, false),
	TUNABLE(prefetch_start_delay_s, "s", -1, LONGEST_DELAY_S, -1, false),
	TUNABLE(profile_start_delay_s, "s", -1, LONGEST_DELAY_S, 0, false),
	TUNABLE(prefetch_slots, "", 1, 64, 16, false),
	TUNABLE(prefetch_slot_bytes, "bytes", 65536, MIB, MIB, true),
	TUNABLE(prefetch_read_measure_ms, "ms", 10, 60000, 100, false),
	TUNABLE(prefetch_write_measure_ms, "ms", 10, 60000, 100, false),
	TUNABLE(prefetch_alpha_percent, "%", 1, 100, 80, false),
	TUNABLE(prefetch_min_read_kib_per_s, "KiB/s",
		0, FVD_UNLIMITED_KIB_PER_S, 5120, false),
	TUNABLE(prefetch_max_read_kib_per_s, "KiB/s",
		64, FVD_UNLIMITED_KIB_PER_S, FVD_UNLIMITED_KIB_PER_S, false),
	TUNABLE(prefetch_min_write_kib_per_s, "KiB/s",
		0, FVD_UNLIMITED_KIB_PER_S, 5120, false),
	TUNABLE(prefetch_max_write_kib_per_s, "KiB/s",
		64, FVD_UNLIMITED_KIB_PER_S, FVD_UNLIMITED_KIB_PER_S, false),
	TUNABLE(prefetch_throttle_ms, "ms", 0, 600000, 30000, false),
	TUNABLE(prefetch_progress_kib_per_s, "KiB/s",
		16, FVD_UNLIMITED_KIB_PER_S, 256, false),
	TUNABLE(prefetch_latency_percent, "%", 1, 1000, 10, false),
	TUNABLE(base_retry_first_ms, "ms", 1, 60000, 100, false),
	TUNABLE(base_retry_longest_ms, "ms", 1, DAY_MS, 30000, false),
	TUNABLE(base_retry_limit, "", 0, 1000000, 64, false),
	TUNABLE(base_queue_ms, "ms", 1, DAY_MS, 300000, false),
};

static_assert(ARRAY_SIZE(fvd_tunables) <= FVD_MAX_TUNABLES);

const unsigned int fvd_nr_tunables = ARRAY_SIZE(fvd_tunables);

static bool same_name(const char *a, const char *b)
{
	char c;

	for (;; a++, b++) {
		c = *b >= 'A' && *b <= 'Z' ? *b - 'A' + 'a' : *b;
		if (*a != c)
			return false;
		if (!c)
			return true;
	}
}

const struct fvd_tunable *fvd_tunable_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fvd_tunables); i++)
		if (same_name(fvd_tunables[i].name, name))
			return &fvd_tunables[i];
	return NULL;
}

/* Nothing is stored that this did not see, or that was not made so: I-SET-1. */
static bool is_allowed(const struct fvd_tunable *tunable, s64 value)
{
	return value >= tunable->min && value <= tunable->max &&
		(!tunable->power_of_two || is_power_of_2(value));
}

static void store(const struct fvd_tunable *tunable,
		  struct fvd_settings *settings, s64 value)
{
	WRITE_ONCE(*(u32 *)((u8 *)settings + tunable->offset), (u32)value);
}

void fvd_tunable_put(const struct fvd_tunable *tunable,
		     struct fvd_settings *settings, s64 value)
{
	value = max_t(s64, value, tunable->min);
	value = min_t(s64, value, tunable->max);
	if (tunable->power_of_two)
		value = 1LL << ilog2((u64)value);
	store(tunable, settings, value);
}

/* Strict: an optional minus, digits, nothing else. */
static int parse(const char *text, s64 *value)
{
	bool negative = *text == '-';
	s64 number = 0;

	text += negative;
	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		/* Far beyond every range, and far from overflow. */
		if (number < 1LL << 56)
			number = number * 10 + (*text - '0');
	}
	*value = negative ? -number : number;
	return 0;
}

int fvd_tunable_set(struct fvd_settings *settings, const char *name,
		    const char *value)
{
	const struct fvd_tunable *tunable = fvd_tunable_find(name);
	s64 number;
	int r;

	if (!tunable)
		return -ENOENT;
	r = parse(value, &number);
	if (r)
		return r;
	if (!is_allowed(tunable, number))
		return -ERANGE;
	store(tunable, settings, number);
	return 0;
}

void fvd_tunable_describe(const char *name, const char *value, char *text,
			  size_t nr_bytes)
{
	const struct fvd_tunable *tunable = fvd_tunable_find(name);

	if (!tunable)
		snprintf(text, nr_bytes, "unknown setting \"%s\"", name);
	else
		snprintf(text, nr_bytes,
			 "%s must be %s from %lld to %lld, found \"%s\"",
			 tunable->name,
			 tunable->power_of_two ? "a power of two" : "a number",
			 (long long)tunable->min, (long long)tunable->max,
			 value);
}

void fvd_settings_init(struct fvd_settings *settings)
{
	unsigned int i;

	memset(settings, 0, sizeof(*settings));
	settings->discard = true;
	for (i = 0; i < ARRAY_SIZE(fvd_tunables); i++)
		store(&fvd_tunables[i], settings, fvd_tunables[i].initial);
}
