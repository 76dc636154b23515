// SPDX-License-Identifier: GPL-2.0-only
/*
 * The map of an image: bitmap and table as one answer.
 *
 * Invariants:
 *   I-MAP-1  A bit is set only after the block's whole content is in the image.
 *   I-MAP-2  A block with bit 1 has storage (flat, or its entry is a number).
 *   I-MAP-3  nr_base_blocks_left counts the blocks below the base's end with
 *            bit 0 whose chunk is not ZERO.
 *   I-MAP-4  A lock-free reader never takes a block of a ZERO or re-used chunk
 *            for one of the base.
 *
 * Locking: lookups lock-free; changes under the owner's lock, which makes
 * change_seq a sequence count with one writer.
 * Left out on purpose: who holds which block; that is fvd-lock's.
 */
#include "fvd-map.h"

/*
 * Readers of a changing chunk retry. The pair of barriers on each side is
 * that of a sequence count: change_begin/change_end here, fvd_map_lookup()
 * there. Not seqcount_t, because layer 0 also lives in user space. I-MAP-4
 */
static void change_begin(struct fvd_map *map)
{
	/* On a real-time kernel the owner's lock does not; a reader spins. */
	preempt_disable();
	WRITE_ONCE(map->change_seq, map->change_seq + 1);
	/*
	 * Pairs with the last smp_rmb() in fvd_map_lookup() and in
	 * fvd_map_find_in_image().
	 */
	smp_wmb();
}

static void change_end(struct fvd_map *map)
{
	smp_wmb(); /* pairs with the first smp_rmb() there */
	WRITE_ONCE(map->change_seq, map->change_seq + 1);
	preempt_enable();
}

/* Blocks of [first, end) that lie at least partly below the base's end. */
static u64 clip_to_base(const struct fvd_map *map, u64 first, u64 end)
{
	end = min(end, map->geo.nr_base_blocks);
	return end > first ? end - first : 0;
}

static void lookup_unset(const struct fvd_map *map, u64 sector, u64 end_block,
			 struct fvd_run *run)
{
	u64 end = fvd_map_block_sector(map, end_block);

	if (sector < map->geo.base_sectors) {
		run->where = FVD_IN_BASE;
		end = min(end, map->geo.base_sectors);
	} else {
		run->where = FVD_IS_ZERO;
	}
	run->nr_sectors = end - sector;
}

/*
 * Searches for a run's end begin behind its first block: that block's bit may
 * have changed since it was looked at, and a run is never empty.
 */
static void lookup_flat(const struct fvd_map *map, u64 sector, u64 last_block,
			struct fvd_run *run)
{
	u64 block = fvd_map_block(map, sector);
	u64 end;

	if (fvd_bitmap_test(map->bitmap, block)) {
		end = fvd_bitmap_find(map->bitmap, block + 1, last_block + 1,
				      false);
		run->where = FVD_IN_IMAGE;
		run->image_sector = map->geo.data_start_sector + sector;
		run->nr_sectors = fvd_map_block_sector(map, end) - sector;
		return;
	}
	end = fvd_bitmap_find(map->bitmap, block + 1, last_block + 1, true);
	lookup_unset(map, sector, end, run);
}

/* One chunk's part of a lookup; [sector, ...last_block] lies in the chunk. */
static void lookup_chunk(const struct fvd_map *map, u64 sector, u64 last_block,
			 struct fvd_run *run)
{
	unsigned int shift = map->geo.chunk_shift - FVD_SECTOR_SHIFT;
	u64 block = fvd_map_block(map, sector);
	bool local = fvd_bitmap_test(map->bitmap, block);
	u32 entry;
	u64 end;

	smp_rmb(); /* pairs with smp_wmb() in fvd_map_set_blocks() */
	entry = fvd_map_entry(map, sector >> shift);
	if (unlikely(entry == FVD_ENTRY_ZERO)) {
		run->where = FVD_IS_ZERO;
		run->nr_sectors = fvd_map_block_sector(map, last_block + 1) -
			sector;
	} else if (local && likely(entry < FVD_ENTRY_LIMIT)) {
		end = fvd_bitmap_find(map->bitmap, block + 1, last_block + 1,
				      false);
		run->where = FVD_IN_IMAGE;
		run->image_sector = map->geo.data_start_sector +
			((u64)entry << shift) +
			(sector & ((1ULL << shift) - 1));
		run->nr_sectors = fvd_map_block_sector(map, end) - sector;
	} else {
		end = fvd_bitmap_find(map->bitmap, block + 1, last_block + 1, true);
		lookup_unset(map, sector, end, run);
	}
}

/* Can @next, which starts where @run ends, be served in one go with it? */
static bool run_goes_on(const struct fvd_run *run, const struct fvd_run *next)
{
	return run->where == next->where &&
		(run->where != FVD_IN_IMAGE ||
		 run->image_sector + run->nr_sectors == next->image_sector);
}

static void lookup_compact(const struct fvd_map *map, u64 sector,
			   u64 last_block, struct fvd_run *run)
{
	unsigned int shift = map->geo.chunk_shift - map->geo.block_shift;
	u64 chunk = fvd_map_block(map, sector) >> shift;
	u64 last_chunk = last_block >> shift;
	struct fvd_run next;
	u64 at;

	lookup_chunk(map, sector,
		     min(last_block, ((chunk + 1) << shift) - 1), run);
	while (unlikely(chunk < last_chunk)) {
		chunk++;
		at = fvd_map_block_sector(map, chunk << shift);
		if (sector + run->nr_sectors != at)
			break;
		lookup_chunk(map, at,
			     min(last_block, ((chunk + 1) << shift) - 1), &next);
		if (!run_goes_on(run, &next))
			break;
		run->nr_sectors += next.nr_sectors;
	}
}

void fvd_map_lookup(const struct fvd_map *map, u64 sector, u64 nr_sectors,
		    struct fvd_run *run)
{
	u64 last_block = fvd_map_block(map, sector + nr_sectors - 1);
	u32 seq;

	if (!map->table) {
		lookup_flat(map, sector, last_block, run);
	} else {
		do {
			seq = READ_ONCE(map->change_seq);
			smp_rmb(); /* pairs with smp_wmb() in change_end() */
			lookup_compact(map, sector, last_block, run);
			smp_rmb(); /* pairs with smp_wmb() in change_begin() */
		} while (unlikely(seq & 1 || seq != READ_ONCE(map->change_seq)));
	}
	run->nr_sectors = min(run->nr_sectors, nr_sectors);
}

/* How many blocks of [first, end) count as "still in the base" now. I-MAP-3 */
static u64 count_left(const struct fvd_map *map, u64 first, u64 end)
{
	u64 nr = clip_to_base(map, first, end);

	return nr - fvd_bitmap_count(map->bitmap, first, first + nr);
}

void fvd_map_set_blocks(struct fvd_map *map, u64 first, u64 end)
{
	map->nr_base_blocks_left -= count_left(map, first, end);
	/* pairs with smp_rmb() in lookup_chunk() and fvd_map_find_in_image() */
	smp_wmb();
	fvd_bitmap_fill(map->bitmap, first, end, true);
}

void fvd_map_set_entry(struct fvd_map *map, u64 chunk, u32 number)
{
	WRITE_ONCE(map->table[chunk], cpu_to_le32(number));
}

void fvd_map_fill_zero_chunk(struct fvd_map *map, u64 chunk, u32 number,
			     u64 first, u64 end)
{
	change_begin(map);
	fvd_bitmap_fill(map->bitmap, first, end, true);
	WRITE_ONCE(map->table[chunk], cpu_to_le32(number));
	change_end(map);
}

u32 fvd_map_reset_chunk(struct fvd_map *map, u64 chunk, u32 value)
{
	u32 old = fvd_map_entry(map, chunk);
	u64 first, end;

	end = fvd_map_chunk_blocks(map, chunk, &first);
	if (old != FVD_ENTRY_ZERO)
		map->nr_base_blocks_left -= count_left(map, first, end);
	change_begin(map);
	WRITE_ONCE(map->table[chunk], cpu_to_le32(value));
	fvd_bitmap_fill(map->bitmap, first, end, false);
	change_end(map);
	if (value != FVD_ENTRY_ZERO)
		map->nr_base_blocks_left += count_left(map, first, end);
	return old;
}

/*
 * From here on: a map that was just read, and that nobody else knows yet.
 *
 * Thirty-two entries at a time that are EMPTY, as most of a large, new disk are:
 * that has all bits set.
 */
static u64 skip_empty(const struct fvd_map *map, u64 chunk, u64 end)
{
	if (chunk & 1)
		return chunk;
	return 2 * fvd_bitmap_skip_alike((const __le64 *)map->table, chunk / 2,
					 end / 2, true);
}

/* The first chunk in [chunk, end) whose entry is not EMPTY; or @end. */
static u64 find_not_empty(const struct fvd_map *map, u64 chunk, u64 end)
{
	for (; chunk < end; chunk++) {
		chunk = skip_empty(map, chunk, end);
		if (chunk == end || fvd_map_entry(map, chunk) != FVD_ENTRY_EMPTY)
			break;
	}
	return chunk;
}

/* The first bit in [first, end) that is set; or @end. */
static u64 find_set(const struct fvd_map *map, u64 first, u64 end)
{
	u64 at = first;

	if (!(at & 63))
		at = fvd_bitmap_skip_alike(map->bitmap, at >> 6, end >> 6,
					   false) << 6;
	return fvd_bitmap_find(map->bitmap, max(at, first), end, true);
}

#define BITS_PER_PAGE	(8ULL * FVD_PAGE_BYTES)

/* The same as count_left(), without counting in stretches where no bit is set. */
static u64 count_left_at_rest(const struct fvd_map *map, u64 first, u64 end)
{
	u64 nr = clip_to_base(map, first, end), left = 0, next;

	for (end = first + nr; first < end; first = next) {
		next = find_set(map, first, end);
		left += next - first;
		first = next;
		next = min((first | (BITS_PER_PAGE - 1)) + 1, end);
		left += count_left(map, first, next);
	}
	return left;
}

void fvd_map_count(struct fvd_map *map)
{
	u64 chunk, first, end;

	if (!map->table) {
		map->nr_base_blocks_left =
			count_left_at_rest(map, 0, map->geo.nr_blocks);
		return;
	}
	map->nr_base_blocks_left = 0;
	for (chunk = 0; chunk < map->geo.nr_chunks; chunk++) {
		if (fvd_map_entry(map, chunk) == FVD_ENTRY_ZERO)
			continue;
		end = fvd_map_chunk_blocks(map, chunk, &first);
		map->nr_base_blocks_left += count_left(map, first, end);
	}
}

static int check_number(u64 chunk, u32 number, u64 capacity, __le64 *used,
			struct fvd_error *error)
{
	if (number >= capacity)
		return fvd_error_set(error, -EBADMSG,
			"chunk %llu is stored at %u, expected below %llu",
			(unsigned long long)chunk, number,
			(unsigned long long)capacity);
	if (!fvd_bitmap_set(used, number))
		return fvd_error_set(error, -EBADMSG,
			"storage %u of chunk %llu is used twice",
			number, (unsigned long long)chunk);
	return 0;
}

/* The blocks of chunks [chunk, end): [*first, return value). */
static u64 chunks_blocks(const struct fvd_map *map, u64 chunk, u64 end,
			 u64 *first)
{
	unsigned int shift = map->geo.chunk_shift - map->geo.block_shift;

	*first = chunk << shift;
	return min(end << shift, map->geo.nr_blocks);
}

/* Chunks [chunk, end) are EMPTY or ZERO: has one of them a bit? (I-MAP-2) */
static int check_no_bits(const struct fvd_map *map, u64 chunk, u64 end,
			 struct fvd_error *error)
{
	u64 first, end_block = chunks_blocks(map, chunk, end, &first);
	u64 at = find_set(map, first, end_block);

	if (at >= end_block)
		return 0;
	return fvd_error_set(error, -EBADMSG,
		"block %llu is marked as in the image, but its chunk %llu has no storage",
		(unsigned long long)at,
		(unsigned long long)fvd_map_chunk_of_block(map, at));
}

/* From *@next on, as many chunks as have numbers; *@next is behind them then. */
static int check_numbers(struct fvd_map *map, u64 *next, u64 capacity,
			 __le64 *used, struct fvd_error *error)
{
	u64 chunk, first, end;
	u32 entry;
	int r;

	for (chunk = *next; chunk < map->geo.nr_chunks; chunk++) {
		entry = fvd_map_entry(map, chunk);
		if (entry >= FVD_ENTRY_LIMIT)
			break;
		r = check_number(chunk, entry, capacity, used, error);
		if (r)
			return r;
	}
	end = chunks_blocks(map, *next, chunk, &first);
	map->nr_base_blocks_left += count_left(map, first, end);
	*next = chunk;
	return 0;
}

/* From *@next on, as many chunks as are EMPTY: most of a large, new disk. */
static int check_empty(struct fvd_map *map, u64 *next, struct fvd_error *error)
{
	u64 chunk = find_not_empty(map, *next, map->geo.nr_chunks);
	u64 first, end = chunks_blocks(map, *next, chunk, &first);
	int r = check_no_bits(map, *next, chunk, error);

	map->nr_base_blocks_left += clip_to_base(map, first, end);
	*next = chunk;
	return r;
}

/* The chunk at *@next, and those behind it that are alike. */
static int check_some(struct fvd_map *map, u64 *next, u64 capacity_chunks,
		      __le64 *used, struct fvd_error *error)
{
	u32 entry = fvd_map_entry(map, *next);
	u64 chunk = *next;

	if (entry == FVD_ENTRY_EMPTY)
		return check_empty(map, next, error);
	if (entry < FVD_ENTRY_LIMIT)
		return check_numbers(map, next, capacity_chunks, used, error);
	if (entry != FVD_ENTRY_ZERO)
		return fvd_error_set(error, -EBADMSG,
			"table entry of chunk %llu is %08x, expected a number, EMPTY or ZERO",
			(unsigned long long)chunk, entry);
	*next = chunk + 1;
	return check_no_bits(map, chunk, chunk + 1, error);
}

static int check_table(struct fvd_map *map, u64 capacity_chunks,
		       __le64 *used, struct fvd_error *error)
{
	u64 chunk = 0;
	int r = 0;

	map->nr_base_blocks_left = 0;
	while (!r && chunk < map->geo.nr_chunks)
		r = check_some(map, &chunk, capacity_chunks, used, error);
	return r;
}

int fvd_map_check(struct fvd_map *map, u64 capacity_chunks, __le64 *used,
		  struct fvd_error *error)
{
	u64 end = map->geo.nr_bitmap_pages << (FVD_PAGE_SHIFT + 3);
	u64 at = fvd_bitmap_find(map->bitmap, map->geo.nr_blocks, end, true);
	u64 nr_entries = map->geo.nr_table_pages << (FVD_PAGE_SHIFT - 2);
	u64 chunk = map->geo.nr_chunks;
	int r;

	if (at < end)
		return fvd_error_set(error, -EBADMSG,
			"bit %llu of the bitmap is set, but the disk has %llu blocks",
			(unsigned long long)at,
			(unsigned long long)map->geo.nr_blocks);
	if (!map->table) {
		fvd_map_count(map);
		return 0;
	}
	r = check_table(map, capacity_chunks, used, error);
	if (r)
		return r;
	for (; chunk < nr_entries; chunk++)
		if (fvd_map_entry(map, chunk) != FVD_ENTRY_EMPTY)
			return fvd_error_set(error, -EBADMSG,
				"table entry %llu is %08x, but the disk has %llu chunks",
				(unsigned long long)chunk,
				fvd_map_entry(map, chunk),
				(unsigned long long)map->geo.nr_chunks);
	return 0;
}
