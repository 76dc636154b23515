/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a table line or a message can change at any time: one struct, and one
 * table with name, unit, range and default of each number in it. Constructor,
 * messages, status and the tools all use this table, so that they accept and
 * refuse alike.
 *
 * Pure. The numbers are read without a lock, word by word.
 */
#ifndef FVD_SETTINGS_H
#define FVD_SETTINGS_H

#include "fvd-portability.h"

/* At and above this a throughput is not limited: 1 TB/s, as in the original. */
#define FVD_UNLIMITED_KIB_PER_S		1000000000U

/**
 * struct fvd_settings - the settings of an open image.
 * @copy_on_read: keep what the guest reads from the base
 * @discard: discards of the guest free chunks
 * @base_policy: an enum fvd_base_policy; what a guest gets if the base fails
 * @fetch_window_bytes: a copy-on-read fetches the aligned windows of this size
 *	that the read touches
 * @copy_on_read_limit_bytes: memory that guests' fetches may hold
 * @commit_interval_ms: time after a change until it is committed unasked
 * @low_space_chunks: free chunks below which user space is told
 * @prefetch_start_delay_s: from activation until prefetch starts; -1: only a
 *	message starts it. What is waited is jittered, see
 *	fvd_throttle_start_delay_ns()
 * @profile_start_delay_s: the same for what the profile names; -1: the profile
 *	is not used
 * @prefetch_slots: requests in flight at most
 * @prefetch_slot_bytes: of one request at most
 * @prefetch_read_measure_ms: time over which base reads are measured
 * @prefetch_write_measure_ms: time over which image writes are measured
 * @prefetch_alpha_percent: weight of the newest measure in the average
 * @prefetch_min_read_kib_per_s: a base that gives less is taken to be busy
 *	with somebody else
 * @prefetch_max_read_kib_per_s: limit for base reads
 * @prefetch_min_write_kib_per_s: an image device that takes less likewise
 * @prefetch_max_write_kib_per_s: limit for image writes
 * @prefetch_throttle_ms: longest time of holding back at a stretch, before it is
 *	jittered; 0: never hold back, not for the guest either
 * @prefetch_progress_kib_per_s: what prefetch may always have, whoever is hurt
 * @prefetch_latency_percent: what the guest's latency may grow by
 * @base_retry_first_ms: after a failed read of the base, wait so long
 * @base_retry_longest_ms: and doubling, up to this
 * @base_retry_limit: then give a range up after so many failures; 0: never
 * @base_queue_ms: how long guest I/O waits with the policy "queue"
 */
struct fvd_settings {
	bool copy_on_read;
	bool discard;
	u8 base_policy;
	u32 fetch_window_bytes;
	u32 copy_on_read_limit_bytes;
	u32 commit_interval_ms;
	u32 low_space_chunks;
	u32 prefetch_start_delay_s;	/* an s32 */
	u32 profile_start_delay_s;	/* an s32 */
	u32 prefetch_slots;
	u32 prefetch_slot_bytes;
	u32 prefetch_read_measure_ms;
	u32 prefetch_write_measure_ms;
	u32 prefetch_alpha_percent;
	u32 prefetch_min_read_kib_per_s;
	u32 prefetch_max_read_kib_per_s;
	u32 prefetch_min_write_kib_per_s;
	u32 prefetch_max_write_kib_per_s;
	u32 prefetch_throttle_ms;
	u32 prefetch_progress_kib_per_s;
	u32 prefetch_latency_percent;
	u32 base_retry_first_ms;
	u32 base_retry_longest_ms;
	u32 base_retry_limit;
	u32 base_queue_ms;
};

/**
 * struct fvd_tunable - a number that the table line and messages can set.
 * @name: of the core argument and of the message
 * @unit: for people; "" if it is a plain count
 * @offset: of a u32 in struct fvd_settings; an s32 in it if @min is negative
 * @min: the least value
 * @max: the greatest value
 * @initial: the default
 * @power_of_two: and nothing else
 */
struct fvd_tunable {
	const char *name;
	const char *unit;
	size_t offset;
	s64 min;
	s64 max;
	s64 initial;
	bool power_of_two;
};

/* For sets of them. */
#define FVD_MAX_TUNABLES	64U

extern const struct fvd_tunable fvd_tunables[];
extern const unsigned int fvd_nr_tunables;

/** fvd_tunable_find() - by its name, upper or lower case; or NULL. */
const struct fvd_tunable *fvd_tunable_find(const char *name);

/** fvd_tunable_get() - its value in @settings. */
static inline s64 fvd_tunable_get(const struct fvd_tunable *tunable,
				  const struct fvd_settings *settings)
{
	u32 value = READ_ONCE(*(const u32 *)((const u8 *)settings +
					     tunable->offset));

	return tunable->min < 0 ? (s64)(s32)value : (s64)value;
}

/** fvd_tunable_put() - set it; a value out of range is moved into it. */
void fvd_tunable_put(const struct fvd_tunable *tunable,
		     struct fvd_settings *settings, s64 value);

/**
 * fvd_tunable_set() - parse "name value" into @settings.
 * @settings: receives the value
 * @name: of the tunable
 * @value: decimal
 *
 * Returns: 0; -ENOENT if there is no such tunable; -EINVAL if @value is not a
 * number, -ERANGE if it is none of the allowed ones; then
 * fvd_tunable_describe() tells what is allowed.
 */
int __must_check fvd_tunable_set(struct fvd_settings *settings,
				 const char *name, const char *value);

/** fvd_tunable_describe() - a sentence about what is allowed and was found. */
void fvd_tunable_describe(const char *name, const char *value, char *text,
			  size_t nr_bytes);

/** fvd_settings_init() - all numbers get their defaults, discard is on. */
void fvd_settings_init(struct fvd_settings *settings);

#endif /* FVD_SETTINGS_H */
