/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What one case of the campaign is made of: a pure function of its seed and of
 * the words that restrict the choice.
 */
#ifndef CAMPAIGN_CONFIG_H
#define CAMPAIGN_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#ifndef __printf
#define __printf(a, b)	__attribute__((__format__(__printf__, a, b)))
#endif

/** enum campaign_layout - where the data are */
enum campaign_layout {
	LAYOUT_FLAT,
	LAYOUT_COMPACT,
	LAYOUT_DATA_DEVICE,
	LAYOUT_COUNT,
};

/**
 * enum round_kind - what happens in a round
 * @ROUND_LOAD: power cut under load
 * @ROUND_RECOVERY: cut under load, then cuts during the activations
 * @ROUND_CHECKPOINT: cut during a checkpoint that a message asked for, or under
 *	load with one after the other
 * @ROUND_CLOSE: cut during the close, or just after it
 * @ROUND_ERRORS: failing reads, writes and flushes under load
 * @ROUND_RELOAD: suspends, resumes and reloads under load
 * @ROUND_RELOAD_CUT: the same, and a power cut
 * @ROUND_OUTAGE: the base fails or vanishes under load, and comes back
 * @ROUND_COMPLETE: prefetch brings all over; cut before, while or after the
 *	image says that it is complete
 */
enum round_kind {
	ROUND_LOAD,
	ROUND_RECOVERY,
	ROUND_CHECKPOINT,
	ROUND_CLOSE,
	ROUND_ERRORS,
	ROUND_RELOAD,
	ROUND_RELOAD_CUT,
	ROUND_OUTAGE,
	ROUND_COMPLETE,
	ROUND_KINDS,
};

/** enum campaign_policy - who needs a base that can not be read */
enum campaign_policy {
	POLICY_FAIL,
	POLICY_RETRY,
	POLICY_QUEUE,
	POLICY_COUNT,
};

/** struct campaign_prefetch - settings of prefetch
 * @delay_s: from the activation until it starts; -1 = it is told to
 * @slots: requests in flight
 * @slot_bytes: of one
 * @throttle_ms: how long it may hold back; 0 = no manners
 * @max_kib_per_s: limit for reads of the base
 */
struct campaign_prefetch {
	int32_t delay_s;
	uint32_t slots;
	uint32_t slot_bytes;
	uint32_t throttle_ms;
	uint32_t max_kib_per_s;
};

/**
 * struct campaign_config - one case
 * @seed: of everything
 * @layout: enum campaign_layout
 * @disk_bytes: size of the virtual disk
 * @base_bytes: size of the base; 0 = none
 * @sector_bytes: of the simulated disks for image and data; the base's has 512
 * @block_bytes: unit of the bitmap
 * @chunk_bytes: unit of allocation
 * @journal_bytes: of the ring
 * @capacity_chunks: room of a compact image; 0 = for everything
 * @cache_bytes: volatile cache of each simulated disk
 * @max_delay_us: reordering by the simulated disks; 0 = none
 * @commit_ms: commit interval
 * @copy_on_read: on or off
 * @copy_on_read_limit: bytes in flight
 * @fetch_window: bytes
 * @prefetch: its settings
 * @policy: enum campaign_policy
 * @retry_limit: failures in a row until a range is given up
 * @discard: discards are supported
 * @profile: of the workload
 * @depth: requests in flight
 * @requests: of a round
 * @rounds: of the case
 * @only: bits of enum round_kind that may be chosen; 0 = all
 */
struct campaign_config {
	uint64_t seed;
	enum campaign_layout layout;
	uint64_t disk_bytes;
	uint64_t base_bytes;
	uint32_t sector_bytes;
	uint32_t block_bytes;
	uint32_t chunk_bytes;
	uint32_t journal_bytes;
	uint32_t capacity_chunks;
	uint32_t cache_bytes;
	uint32_t max_delay_us;
	uint32_t commit_ms;
	bool copy_on_read;
	uint32_t copy_on_read_limit;
	uint32_t fetch_window;
	struct campaign_prefetch prefetch;
	enum campaign_policy policy;
	uint32_t retry_limit;
	bool discard;
	uint32_t profile;
	uint32_t depth;
	uint32_t requests;
	uint32_t rounds;
	uint32_t only;
};

/* Greatest sizes: the lower devices are made for them. */
#define CONFIG_DISK_MAX		(4ULL << 20)
#define CONFIG_IMAGE_MAX	(10ULL << 20)

/**
 * config_make() - the case of a seed
 * @config: the answer
 * @seed: the seed
 * @words: restrictions separated by commas: names of layouts and round kinds,
 *	policies, "base", "nobase", "tight", "4k", "prefetch"; NULL for none
 *
 * Return: 0, or -1 for an unknown word.
 */
int config_make(struct campaign_config *config, uint64_t seed,
		const char *words);

/** config_text() - all of it in one line of CONFIG_TEXT_SIZE at most */
#define CONFIG_TEXT_SIZE	600
void config_text(const struct campaign_config *config, char *text, int size);

/** round_name() - the word for a kind of round */
const char *round_name(enum round_kind kind);

/** round_needs_base() - is it nothing without a base? */
bool round_needs_base(enum round_kind kind);

/** policy_name() - the word for a policy, also of the table line */
const char *policy_name(enum campaign_policy policy);

#endif /* CAMPAIGN_CONFIG_H */
