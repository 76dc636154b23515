/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which chunks of the data region are free.
 *
 * The truth is the table; this is its shadow for finding a free number fast,
 * and the waiting room of freed ones: a chunk may be handed out again only
 * when its freeing is durable (else a crash gives it back to its old owner,
 * with another's data in it) and no I/O that was mapped to it is in flight
 * (else that I/O hits the new owner). So freed chunks walk through stages.
 *
 * Changes need the owner's lock; no function sleeps or allocates. The memory
 * is the owner's: one bitmap of capacity bits, and FVD_ALLOC_NR_STAGES more once
 * something is freed.
 */
#ifndef FVD_ALLOC_H
#define FVD_ALLOC_H

#include "fvd-bitmap.h"

enum fvd_alloc_stage {
	FVD_FREED,	/* freed in memory */
	FVD_COMMITTING,	/* the freeing is on its way to the journal */
	FVD_COMMITTED,	/* durable, but old I/O may be in flight */
	FVD_DRAINING,	/* waiting for that I/O to end */
	FVD_ALLOC_NR_STAGES,
};

/**
 * struct fvd_alloc - the allocator.
 * @used: 1 = has an owner, or waits in a stage
 * @stage: chunks in each stage; all of them NULL as long as there is no memory
 *	for them
 * @nr_in_stage: how many
 * @capacity: chunks that the device has room for
 * @max_capacity: bits that the bitmaps have
 * @nr_used: bits set in @used
 * @next: where to look first; makes first writes in a row lie in a row
 */
struct fvd_alloc {
	__le64 *used;
	__le64 *stage[FVD_ALLOC_NR_STAGES];
	u64 nr_in_stage[FVD_ALLOC_NR_STAGES];
	u64 capacity;
	u64 max_capacity;
	u64 nr_used;
	u64 next;
};

/** fvd_alloc_init() - start from a @used bitmap as fvd_map_check() made it. */
void fvd_alloc_init(struct fvd_alloc *alloc, __le64 *used, u64 capacity,
		    u64 max_capacity);

/**
 * fvd_alloc_get() - take a free chunk.
 * @alloc: the allocator
 * @number: receives the chunk number
 *
 * Returns: 0, or -ENOSPC; then fvd_alloc_nr_coming() tells whether waiting
 * could help.
 */
int __must_check fvd_alloc_get(struct fvd_alloc *alloc, u32 *number);

/** fvd_alloc_unget() - give back a chunk that never came into a table entry. */
void fvd_alloc_unget(struct fvd_alloc *alloc, u32 number);

/**
 * fvd_alloc_free() - the owner of @number gave it up; stage FVD_FREED.
 * @alloc: the allocator
 * @number: of the chunk
 *
 * Without stages the chunk stays used, until "used" is made anew from the table.
 */
void fvd_alloc_free(struct fvd_alloc *alloc, u32 number);

/**
 * fvd_alloc_advance() - all chunks of @stage go to the next one; from the
 * last one they become free.
 * @alloc: the allocator
 * @stage: the stage to empty
 */
void fvd_alloc_advance(struct fvd_alloc *alloc, enum fvd_alloc_stage stage);

/** fvd_alloc_nr_coming() - chunks that are not free yet but will be. */
static inline u64 fvd_alloc_nr_coming(const struct fvd_alloc *alloc)
{
	return alloc->nr_in_stage[FVD_FREED] +
		alloc->nr_in_stage[FVD_COMMITTING] +
		alloc->nr_in_stage[FVD_COMMITTED] +
		alloc->nr_in_stage[FVD_DRAINING];
}

/** fvd_alloc_nr_free() - chunks that fvd_alloc_get() can still hand out. */
static inline u64 fvd_alloc_nr_free(const struct fvd_alloc *alloc)
{
	return alloc->capacity - alloc->nr_used;
}

#endif /* FVD_ALLOC_H */
