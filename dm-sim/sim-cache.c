// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which unflushed versions of which blocks a disk holds.
 *
 * I-CACHE-1: a flush saves for each block the newest version whose write was
 * acknowledged before the flush was submitted. Versions that are newer stay
 * volatile: a flush promises nothing about them.
 * I-CACHE-2: once a version is durable, no older one exists any more.
 * I-CACHE-3: both lists of a version hold the order of effects.
 *
 * Left out on purpose: merging versions of one block. The intermediate ones
 * are what a power cut can bring back.
 */
#include "sim-cache.h"

static struct list_head *sim_cache_bucket(const struct sim_cache *cache, u64 block)
{
	/* Multiplication by 2^64 / golden ratio spreads runs of blocks. */
	u64 hash = block * 0x9e3779b97f4a7c15ull;

	return &cache->buckets[(hash >> 32) & (cache->bucket_count - 1)];
}

void sim_cache_init(struct sim_cache *cache, struct list_head *buckets,
		    u32 bucket_count)
{
	u32 i;

	INIT_LIST_HEAD(&cache->order);
	cache->buckets = buckets;
	cache->bucket_count = bucket_count;
	cache->versions = 0;
	for (i = 0; i < bucket_count; i++)
		INIT_LIST_HEAD(&buckets[i]);
}

void sim_cache_add(struct sim_cache *cache, struct sim_version *version)
{
	version->completed = 0;
	list_add_tail(&version->order, &cache->order);
	list_add_tail(&version->bucket, sim_cache_bucket(cache, version->block));
	cache->versions++;
}

struct sim_version *sim_cache_newest(const struct sim_cache *cache, u64 block)
{
	struct list_head *bucket = sim_cache_bucket(cache, block);
	struct sim_version *version;

	list_for_each_entry_reverse(version, bucket, bucket) {
		if (version->block == block)
			return version;
	}
	return NULL;
}

void sim_cache_complete(struct sim_cache *cache, u64 block, u64 number, u64 stamp)
{
	struct list_head *bucket = sim_cache_bucket(cache, block);
	struct sim_version *version;

	list_for_each_entry_reverse(version, bucket, bucket) {
		if (version->block == block && version->number == number) {
			version->completed = stamp;
			return;
		}
	}
}

struct sim_version *sim_cache_due(const struct sim_cache *cache, u64 block,
				  u64 stamp)
{
	struct list_head *bucket = sim_cache_bucket(cache, block);
	struct sim_version *version;

	list_for_each_entry_reverse(version, bucket, bucket) {
		if (version->block != block)
			continue;
		if (stamp == U64_MAX ||
		    (version->completed && version->completed < stamp))
			return version;
	}
	return NULL;
}

void sim_cache_settle(struct sim_cache *cache, u64 block,
		      struct sim_version *newest, struct list_head *freed)
{
	struct list_head *bucket = sim_cache_bucket(cache, block);
	struct sim_version *version, *next;

	list_for_each_entry_safe(version, next, bucket, bucket) {
		bool last = version == newest;

		if (version->block != block)
			continue;
		list_del_init(&version->bucket);
		list_move_tail(&version->order, freed);
		cache->versions--;
		if (last)
			break;
	}
}

struct sim_version *sim_cache_pick(const struct sim_cache *cache, u64 random)
{
	u32 start = random & (cache->bucket_count - 1);
	u32 i;

	if (!cache->versions)
		return NULL;
	for (i = 0; i < cache->bucket_count; i++) {
		struct list_head *bucket =
			&cache->buckets[(start + i) & (cache->bucket_count - 1)];

		if (!list_empty(bucket))
			return list_first_entry(bucket, struct sim_version,
						bucket);
	}
	return NULL;
}
