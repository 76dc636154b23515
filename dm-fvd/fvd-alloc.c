// SPDX-License-Identifier: GPL-2.0-only
/*
 * The chunk allocator.
 *
 * Invariants:
 *   I-ALC-1  A number is handed out only while its bit in "used" is 0.
 *   I-ALC-2  A bit in "used" is cleared only from the last stage, or by unget.
 *   I-ALC-3  nr_used == number of bits set in "used".
 *
 * Crash rule: none of this is on the disk; after a crash "used" is made anew
 * from the table, so that what was handed out but never committed is free.
 * Locking: the owner's. Left out on purpose: best fit. Chunks are large, next
 * fit keeps a stream of first writes together, and that is what matters.
 */
#include "fvd-alloc.h"

void fvd_alloc_init(struct fvd_alloc *alloc, __le64 *used, u64 capacity,
		    u64 max_capacity)
{
	memset(alloc, 0, sizeof(*alloc));
	alloc->used = used;
	alloc->capacity = capacity;
	alloc->max_capacity = max_capacity;
	alloc->nr_used = fvd_bitmap_count(used, 0, capacity);
}

int fvd_alloc_get(struct fvd_alloc *alloc, u32 *number)
{
	u64 at;

	/* Not by looking: with interrupts off, for each write that fails. */
	if (alloc->nr_used == alloc->capacity)
		return -ENOSPC;
	at = fvd_bitmap_find(alloc->used, alloc->next, alloc->capacity, false);
	if (at == alloc->capacity) {
		at = fvd_bitmap_find(alloc->used, 0, alloc->next, false);
		if (at == alloc->next)
			return -ENOSPC;
	}
	fvd_bitmap_fill(alloc->used, at, at + 1, true); /* I-ALC-1 */
	alloc->nr_used++; /* I-ALC-3 */
	alloc->next = at + 1 < alloc->capacity ? at + 1 : 0;
	*number = at;
	return 0;
}

void fvd_alloc_unget(struct fvd_alloc *alloc, u32 number)
{
	fvd_bitmap_fill(alloc->used, number, (u64)number + 1, false);
	alloc->nr_used--;
}

void fvd_alloc_free(struct fvd_alloc *alloc, u32 number)
{
	if (!alloc->stage[FVD_FREED])
		return;
	fvd_bitmap_fill(alloc->stage[FVD_FREED], number, (u64)number + 1, true);
	alloc->nr_in_stage[FVD_FREED]++;
}

void fvd_alloc_advance(struct fvd_alloc *alloc, enum fvd_alloc_stage stage)
{
	__le64 *from = alloc->stage[stage];
	u64 i, words = fvd_bitmap_words(alloc->max_capacity);

	if (!alloc->nr_in_stage[stage])
		return;
	for (i = 0; i < words; i++) {
		if (!from[i])
			continue;
		if (stage == FVD_ALLOC_NR_STAGES - 1) /* I-ALC-2 */
			WRITE_ONCE(alloc->used[i], alloc->used[i] & ~from[i]);
		else
			alloc->stage[stage + 1][i] |= from[i];
		from[i] = 0;
	}
	if (stage == FVD_ALLOC_NR_STAGES - 1)
		alloc->nr_used -= alloc->nr_in_stage[stage];
	else
		alloc->nr_in_stage[stage + 1] += alloc->nr_in_stage[stage];
	alloc->nr_in_stage[stage] = 0;
}
