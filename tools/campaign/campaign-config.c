// SPDX-License-Identifier: GPL-2.0-only
/*
 * The matrix. Values near the limits come more often than in life: a journal
 * that wraps in every round, a cache of a few blocks, one chunk too few.
 *
 * I-CFG-1: the numbers drawn do not depend on the restricting words, so a case
 * keeps what its words leave open.
 */
#include <stdio.h>
#include <string.h>

#include "campaign-config.h"
#include "stress-random.h"
#include "stress-workload.h"

#define KIB	1024U
#define MIB	(1024U * KIB)

static const char * const layout_names[LAYOUT_COUNT] = {
	"flat", "compact", "data",
};

static const char * const round_names[ROUND_KINDS] = {
	"load", "recovery", "checkpoint", "close", "errors", "reload",
	"reload-cut", "outage", "complete",
};

static const char * const policy_names[POLICY_COUNT] = {
	"fail", "retry", "queue",
};

const char *round_name(enum round_kind kind)
{
	return round_names[kind];
}

bool round_needs_base(enum round_kind kind)
{
	return kind == ROUND_OUTAGE || kind == ROUND_COMPLETE;
}

const char *policy_name(enum campaign_policy policy)
{
	return policy_names[policy];
}

static uint32_t pick(struct stress_random *random, const uint32_t *from,
		     uint32_t count)
{
	return from[random_below(random, count)];
}

#define PICK(random, ...) \
	pick(random, (const uint32_t []){ __VA_ARGS__ }, \
	     sizeof((const uint32_t []){ __VA_ARGS__ }) / sizeof(uint32_t))

/* None, shorter and ending in the middle of a block, shorter, equal. */
static uint64_t pick_base(struct stress_random *random, uint64_t disk_bytes)
{
	uint32_t which = random_below(random, 6);
	uint64_t sectors = disk_bytes / SECTOR_BYTES;
	uint64_t some = 1 + random_below(random, sectors - 1);

	if (which < 1)
		return 0;
	if (which < 4)
		return some * SECTOR_BYTES;
	return disk_bytes;
}

static void pick_sizes(struct campaign_config *config,
		       struct stress_random *random)
{
	uint32_t spare;

	config->disk_bytes = PICK(random, 1 * MIB, 2 * MIB, 2 * MIB, 4 * MIB);
	/* Not a whole number of blocks. */
	if (random_chance(random, 20))
		config->disk_bytes -= SECTOR_BYTES *
				      (1 + random_below(random, 100));
	config->base_bytes = pick_base(random, config->disk_bytes);
	config->block_bytes = PICK(random, 4 * KIB, 4 * KIB, 16 * KIB,
				   64 * KIB);
	config->chunk_bytes = PICK(random, 64 * KIB, 64 * KIB, 256 * KIB,
				   1 * MIB);
	config->journal_bytes = PICK(random, 64 * KIB, 64 * KIB, 64 * KIB,
				     1 * MIB);
	spare = 1 + (uint32_t)random_below(random, 8);
	if (random_chance(random, 15))
		config->capacity_chunks = spare;
}

static void pick_rest(struct campaign_config *config,
		      struct stress_random *random)
{
	config->cache_bytes = PICK(random, 16 * KIB, 256 * KIB, 16 * MIB,
				   16 * MIB);
	config->max_delay_us = PICK(random, 0, 0, 200, 5000);
	config->commit_ms = PICK(random, 1, 5, 100, 1000);
	config->copy_on_read = random_chance(random, 60);
	config->copy_on_read_limit = PICK(random, 64 * KIB, 8 * MIB, 8 * MIB);
	config->fetch_window = PICK(random, 4 * KIB, 64 * KIB, 64 * KIB,
				    256 * KIB);
	config->discard = random_chance(random, 80);
	config->profile = PICK(random, STRESS_UNIFORM, STRESS_UNIFORM,
			       STRESS_UNIFORM, STRESS_DATABASE, STRESS_STREAM,
			       STRESS_BOOT);
	config->depth = PICK(random, 1, 8, 8, 32, 64);
	config->requests = PICK(random, 20, 60, 60, 200);
	config->rounds = PICK(random, 8, 16, 24);
}

/*
 * Mostly off: what it has brought over needs no base any more, and rounds want
 * some. A limit of 64 KiB/s lets one round see hardly any of it.
 */
static void pick_prefetch(struct campaign_config *config,
			  struct stress_random *random)
{
	struct campaign_prefetch *prefetch = &config->prefetch;

	prefetch->delay_s = (int32_t)PICK(random, 0, 0, 1, -1, -1, -1, -1, -1);
	prefetch->slots = PICK(random, 1, 2, 4, 16);
	prefetch->slot_bytes = PICK(random, 64 * KIB, 64 * KIB, 256 * KIB,
				    1 * MIB);
	prefetch->throttle_ms = PICK(random, 0, 0, 100, 30000);
	prefetch->max_kib_per_s = PICK(random, 64, 1000, 20000, 1000000000);
	config->policy = PICK(random, POLICY_FAIL, POLICY_FAIL, POLICY_RETRY,
			      POLICY_QUEUE);
	config->retry_limit = PICK(random, 0, 12, 12);
	/* Without a limit the policy would wait longer than a hang may. */
	if (config->policy == POLICY_RETRY)
		config->retry_limit = 12;
}

/* Drawn last: the cases of older seeds are what they were, on other disks. */
static void pick_sectors(struct campaign_config *config,
			 struct stress_random *random)
{
	config->sector_bytes = PICK(random, SECTOR_BYTES, SECTOR_BYTES,
				    SECTOR_BYTES, 4 * KIB);
}

/* A disk has whole sectors; its base may end within one. */
static void fit_sectors(struct campaign_config *config)
{
	config->disk_bytes -= config->disk_bytes % config->sector_bytes;
	if (config->base_bytes > config->disk_bytes)
		config->base_bytes = config->disk_bytes;
}

static int apply_word(struct campaign_config *config, const char *word)
{
	uint32_t i;

	for (i = 0; i < LAYOUT_COUNT; i++) {
		if (!strcmp(word, layout_names[i])) {
			config->layout = i;
			return 0;
		}
	}
	for (i = 0; i < ROUND_KINDS; i++) {
		if (!strcmp(word, round_names[i])) {
			config->only |= 1U << i;
			return 0;
		}
	}
	for (i = 0; i < POLICY_COUNT; i++) {
		if (!strcmp(word, policy_names[i])) {
			config->policy = i;
			config->retry_limit = config->retry_limit ?: 12;
			return 0;
		}
	}
	if (!strcmp(word, "prefetch") && config->prefetch.delay_s < 0)
		config->prefetch.delay_s = 0;
	else if (!strcmp(word, "prefetch"))
		return 0;
	else if (!strcmp(word, "nobase"))
		config->base_bytes = 0;
	else if (!strcmp(word, "base"))
		config->base_bytes = config->base_bytes ?: config->disk_bytes;
	else if (!strcmp(word, "4k"))
		config->sector_bytes = 4 * KIB;
	else if (!strcmp(word, "tight"))
		config->capacity_chunks = config->capacity_chunks ?: 3;
	else
		return -1;
	return 0;
}

/* Are all rounds that may be chosen about a base? */
static bool only_about_bases(const struct campaign_config *config)
{
	uint32_t kind;

	for (kind = 0; kind < ROUND_KINDS; kind++)
		if ((!config->only || (config->only >> kind & 1)) &&
		    !round_needs_base(kind))
			return false;
	return true;
}

int config_make(struct campaign_config *config, uint64_t seed,
		const char *words)
{
	struct stress_random random = { .state = random_mix(seed) };
	char copy[200], *at = copy, *word;

	memset(config, 0, sizeof(*config));
	config->seed = seed;
	config->layout = PICK(&random, LAYOUT_FLAT, LAYOUT_COMPACT,
			      LAYOUT_COMPACT, LAYOUT_DATA_DEVICE);
	pick_sizes(config, &random);
	pick_rest(config, &random);
	pick_prefetch(config, &random);
	pick_sectors(config, &random);
	snprintf(copy, sizeof(copy), "%s", words ?: "");
	while ((word = strsep(&at, ",")))
		if (*word && apply_word(config, word))
			return -1;
	fit_sectors(config);
	if (config->layout != LAYOUT_COMPACT)
		config->capacity_chunks = 0;
	if (only_about_bases(config) && !config->base_bytes)
		config->base_bytes = config->disk_bytes;
	return 0;
}

void config_text(const struct campaign_config *config, char *text, int size)
{
	snprintf(text, size,
		 "%s disk %llu base %llu sector %u block %u chunk %u journal %u capacity %u cache %u delay %u commit_ms %u cor %d limit %u window %u prefetch %d slots %u slot %u throttle_ms %u max %u policy %s retries %u discard %d profile %s depth %u requests %u rounds %u",
		 layout_names[config->layout],
		 (unsigned long long)config->disk_bytes,
		 (unsigned long long)config->base_bytes,
		 config->sector_bytes, config->block_bytes,
		 config->chunk_bytes, config->journal_bytes,
		 config->capacity_chunks, config->cache_bytes,
		 config->max_delay_us, config->commit_ms, config->copy_on_read,
		 config->copy_on_read_limit, config->fetch_window,
		 config->prefetch.delay_s, config->prefetch.slots,
		 config->prefetch.slot_bytes, config->prefetch.throttle_ms,
		 config->prefetch.max_kib_per_s, policy_names[config->policy],
		 config->retry_limit, config->discard, stress_profile_name(config->profile),
		 config->depth, config->requests, config->rounds);
}
