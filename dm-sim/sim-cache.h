/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which unflushed versions of which blocks a disk holds.
 *
 * Layer 0. The caller owns all memory and serialises all calls on one cache.
 * A version is one logical block of one write. Versions of a block are kept in
 * the order in which the writes took effect, which is the order that a disk
 * has to respect.
 */
#ifndef SIM_CACHE_H
#define SIM_CACHE_H

#include "sim-portability.h"

/**
 * struct sim_version - one block of one unflushed write
 * @order: in sim_cache.order, by time of effect
 * @bucket: in the hash chain of its block, by time of effect
 * @block: logical block of the device
 * @number: arrival number of the write
 * @completed: stamp of the completion of the write, 0 = not yet completed
 * @data: block_bytes of content owned by the caller; NULL = zeroes
 */
struct sim_version {
	struct list_head order;
	struct list_head bucket;
	u64 block;
	u64 number;
	u64 completed;
	void *data;
};

/**
 * struct sim_cache - the versions of one device
 * @order: all versions, oldest effect first
 * @buckets: hash table; owned by the caller
 * @bucket_count: a power of two
 * @versions: how many there are
 */
struct sim_cache {
	struct list_head order;
	struct list_head *buckets;
	u32 bucket_count;
	u64 versions;
};

/** sim_cache_init() - an empty cache; sets all fields, and the @buckets */
void sim_cache_init(struct sim_cache *cache, struct list_head *buckets,
		    u32 bucket_count);

/**
 * sim_cache_add() - a write took effect on a block
 * @cache: the cache
 * @version: block, number and data are set; becomes the newest of its block
 */
void sim_cache_add(struct sim_cache *cache, struct sim_version *version);

/**
 * sim_cache_newest() - what a read of a block sees
 * @cache: the cache
 * @block: the block
 *
 * Return: the newest version or NULL: then the lower device has the content.
 */
struct sim_version *sim_cache_newest(const struct sim_cache *cache, u64 block);

/**
 * sim_cache_complete() - a write was acknowledged
 * @cache: the cache
 * @block: one of its blocks
 * @number: its arrival number
 * @stamp: position of the acknowledgment in the order of events, not 0
 */
void sim_cache_complete(struct sim_cache *cache, u64 block, u64 number, u64 stamp);

/**
 * sim_cache_due() - the newest version of a block that a flush must save
 * @cache: the cache
 * @block: the block
 * @stamp: of the submission of the flush; U64_MAX = all, completed or not
 *
 * Return: the newest version acknowledged before @stamp, or NULL. I-CACHE-1.
 */
struct sim_version *sim_cache_due(const struct sim_cache *cache, u64 block,
				  u64 stamp);

/**
 * sim_cache_settle() - a version became durable
 * @cache: the cache
 * @block: the block
 * @newest: the version, or NULL for "a write went past the cache": all go
 * @freed: list that receives it and all older ones through their order link;
 *	the caller frees them
 *
 * What is older than a durable version can never come back: I-CACHE-2.
 */
void sim_cache_settle(struct sim_cache *cache, u64 block,
		      struct sim_version *newest, struct list_head *freed);

/**
 * sim_cache_pick() - a version for a full cache to write back
 * @cache: the cache
 * @random: decides
 *
 * Return: the oldest version of some block; NULL if the cache is empty.
 */
struct sim_version *sim_cache_pick(const struct sim_cache *cache, u64 random);

#endif /* SIM_CACHE_H */
