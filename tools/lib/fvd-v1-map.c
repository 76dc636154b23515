// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lookup, replay and check of version 1's map.
 *
 * Invariants:
 *   I-V1M-1  Lookups and replays stay within bitmap and table, whatever these
 *            and the journal hold.
 *   I-V1M-2  After a check without error, what is found to be in the image
 *            lies in the file (a flat image: or is FVD_V1_CUT_SHORT).
 */
#include "fvd-v1-map.h"

void fvd_v1_map_found(struct fvd_v1_map *map, enum fvd_v1_finding finding,
		      u64 offset_bytes, u64 nr_bytes)
{
	map->findings |= 1U << finding;
	if (map->found)
		map->found(map->context, finding, offset_bytes, nr_bytes);
}

u32 fvd_v1_map_entry(const struct fvd_v1_map *map, u64 chunk)
{
	u32 entry = le32_to_cpu(map->table[chunk]);

	return entry == FVD_V1_ENTRY_EMPTY ? entry :
		entry & ~FVD_V1_ENTRY_DIRTY;
}

/* Of a run that may only be cut: to the end of unit @index at most. */
static void cut_to_unit(struct fvd_run *run, u64 sector, u64 index,
			u64 unit_sectors)
{
	/* Divided instead of multiplied, (index + 1) * unit could wrap. */
	u64 left = unit_sectors - (sector - index * unit_sectors);

	run->nr_sectors = min(run->nr_sectors, left);
}

/* The bits from @sector on: cuts the run to those that are alike. */
static bool lookup_bit(const struct fvd_v1_map *map, u64 sector,
		       struct fvd_run *run)
{
	const struct fvd_v1_header *header = map->header;
	u64 unit = header->block_size_bytes >> FVD_SECTOR_SHIFT;
	u64 block = sector / unit, end, last;
	bool local;

	run->nr_sectors = min(run->nr_sectors, header->base_sectors - sector);
	last = (sector + run->nr_sectors - 1) / unit;
	local = fvd_bitmap_test(map->bitmap, block);
	end = fvd_bitmap_find(map->bitmap, block + 1, last + 1, !local);
	if (end <= last)
		run->nr_sectors = end * unit - sector;
	return local;
}

/* In the image: in its chunk, if there are chunks. */
static bool lookup_storage(const struct fvd_v1_map *map, u64 sector,
			   struct fvd_run *run)
{
	const struct fvd_v1_header *header = map->header;
	u64 start = header->data_start_bytes >> FVD_SECTOR_SHIFT;
	u64 unit = header->chunk_size_bytes >> FVD_SECTOR_SHIFT, chunk;
	u32 entry;

	run->where = FVD_IN_IMAGE;
	run->image_sector = start + sector;
	if (!header->compact)
		return false;
	chunk = sector / unit;
	run->where = FVD_IS_ZERO;
	run->image_sector = 0;
	if (chunk >= header->nr_stored_chunks)
		return false;
	cut_to_unit(run, sector, chunk, unit);
	entry = fvd_v1_map_entry(map, chunk);
	if (entry != FVD_V1_ENTRY_EMPTY) {
		run->where = FVD_IN_IMAGE;
		run->image_sector = start + entry * unit + sector % unit;
		return false;
	}
	if (sector >= header->covered_sectors)
		return false;
	run->nr_sectors = min(run->nr_sectors,
			      header->covered_sectors - sector);
	if (map->missing_is_base)
		run->where = FVD_IN_BASE;
	return true;
}

bool fvd_v1_map_lookup(const struct fvd_v1_map *map, u64 sector,
		       u64 nr_sectors, struct fvd_run *run)
{
	run->where = FVD_IN_BASE;
	run->nr_sectors = nr_sectors;
	run->image_sector = 0;
	if (sector < map->header->base_sectors &&
	    !lookup_bit(map, sector, run))
		return false;
	return lookup_storage(map, sector, run);
}

static bool is_lost(const struct fvd_v1_replay *replay)
{
	return replay->map->header->clean;
}

/* Every block that the range touches, as far as there is a base. */
static void replay_blocks(struct fvd_v1_replay *replay,
			  const struct fvd_v1_record *record)
{
	struct fvd_v1_map *map = replay->map;
	u64 unit_bytes = map->header->block_size_bytes;
	u64 unit = unit_bytes >> FVD_SECTOR_SHIFT;
	u64 end = min(record->first + record->nr, map->header->base_sectors);
	u64 block, last, run_end;

	if (!map->bitmap || record->first >= end)
		return;
	last = (end - 1) / unit;
	block = fvd_bitmap_find(map->bitmap, record->first / unit, last + 1,
				false);
	while (block <= last) {
		run_end = fvd_bitmap_find(map->bitmap, block, last + 1, true);
		replay->nr_changes += run_end - block;
		if (is_lost(replay))
			fvd_v1_map_found(map, FVD_V1_LOST_JOURNAL,
					 block * unit_bytes,
					 (run_end - block) * unit_bytes);
		if (replay->apply)
			fvd_bitmap_fill(map->bitmap, block, run_end, true);
		block = fvd_bitmap_find(map->bitmap, run_end, last + 1, false);
	}
}

static void replay_entry(struct fvd_v1_replay *replay, u64 chunk, u32 entry)
{
	struct fvd_v1_map *map = replay->map;
	u64 unit = map->header->chunk_size_bytes;
	u32 old = fvd_v1_map_entry(map, chunk);

	if (old == entry)
		return;
	replay->nr_changes++;
	if (is_lost(replay))
		fvd_v1_map_found(map, FVD_V1_LOST_JOURNAL, chunk * unit, unit);
	if (replay->apply && old != FVD_V1_ENTRY_EMPTY)
		fvd_v1_map_found(map, FVD_V1_CONFLICT, chunk * unit, unit);
	if (replay->apply)
		map->table[chunk] = cpu_to_le32(entry);
}

static int replay_entries(struct fvd_v1_replay *replay,
			  const struct fvd_v1_record *record,
			  struct fvd_error *error)
{
	const struct fvd_v1_header *header = replay->map->header;
	u64 i, chunk, unit;
	u32 entry;

	if (!header->compact)
		return fvd_error_set(error, -EBADMSG,
			"table record for chunk %llu, but the image has no table",
			(unsigned long long)record->first);
	unit = header->chunk_size_bytes;
	for (i = 0; i < record->nr; i++) {
		chunk = record->first + i;
		entry = fvd_v1_record_entry(record, i);
		if (entry == FVD_V1_ENTRY_EMPTY)
			return fvd_error_set(error, -EBADMSG,
				"table record gives chunk %llu no storage",
				(unsigned long long)chunk);
		if (chunk < header->nr_stored_chunks)
			replay_entry(replay, chunk, entry & ~FVD_V1_ENTRY_DIRTY);
		else if (replay->apply && chunk >= header->nr_chunks)
			fvd_v1_map_found(replay->map, FVD_V1_BEHIND_DISK,
					 chunk * unit, unit);
	}
	return 0;
}

int fvd_v1_replay_sector(struct fvd_v1_replay *replay, const u8 *sector,
			 struct fvd_error *error)
{
	struct fvd_v1_record record;
	u32 offset = 0;
	int r;

	while ((r = fvd_v1_journal_next(sector, &offset, &record, error)) > 0) {
		replay->nr_records++;
		if (record.tag == FVD_V1_TAG_BITMAP) {
			replay_blocks(replay, &record);
			continue;
		}
		r = replay_entries(replay, &record, error);
		if (r)
			return r;
	}
	replay->nr_sectors += offset > 0;
	return r;
}

u64 fvd_v1_map_max_entry(const struct fvd_v1_map *map)
{
	u64 chunk, max_entry = 0;
	u32 entry;

	if (!map->header->compact)
		return 0;
	for (chunk = 0; chunk < map->header->nr_stored_chunks; chunk++) {
		entry = fvd_v1_map_entry(map, chunk);
		if (entry != FVD_V1_ENTRY_EMPTY)
			max_entry = max_t(u64, max_entry, (u64)entry + 1);
	}
	return max_entry;
}

static int check_entries(struct fvd_v1_map *map, u64 capacity, __le64 *used,
			 __le64 *shared, struct fvd_error *error)
{
	u64 chunk;
	u32 entry;

	for (chunk = 0; chunk < map->header->nr_stored_chunks; chunk++) {
		entry = fvd_v1_map_entry(map, chunk);
		if (entry == FVD_V1_ENTRY_EMPTY)
			continue;
		if (entry >= capacity)
			return fvd_error_set(error, -EBADMSG,
				"chunk %llu has storage %u, expected one below %llu, where the file ends",
				(unsigned long long)chunk, entry,
				(unsigned long long)capacity);
		if (fvd_bitmap_test(used, entry))
			fvd_bitmap_fill(shared, entry, entry + 1ULL, true);
		fvd_bitmap_fill(used, entry, entry + 1ULL, true);
	}
	return 0;
}

/* Which chunks share storage, and which had no place in the table. */
static void find_in_table(struct fvd_v1_map *map, const __le64 *shared)
{
	const struct fvd_v1_header *header = map->header;
	u64 unit = header->chunk_size_bytes, chunk;
	u32 entry;

	for (chunk = 0; chunk < header->nr_stored_chunks; chunk++) {
		entry = fvd_v1_map_entry(map, chunk);
		if (entry != FVD_V1_ENTRY_EMPTY &&
		    fvd_bitmap_test(shared, entry))
			fvd_v1_map_found(map, FVD_V1_SHARED, chunk * unit, unit);
	}
	if (chunk < header->nr_chunks)
		fvd_v1_map_found(map, FVD_V1_BEHIND_TABLE, chunk * unit,
				 header->virtual_size_bytes - chunk * unit);
}

static void find_missing(struct fvd_v1_map *map)
{
	u64 sector = 0, end = map->header->covered_sectors;
	struct fvd_run run;

	for (; sector < end; sector += run.nr_sectors)
		if (fvd_v1_map_lookup(map, sector, end - sector, &run))
			fvd_v1_map_found(map, FVD_V1_MISSING,
					 sector << FVD_SECTOR_SHIFT,
					 run.nr_sectors << FVD_SECTOR_SHIFT);
}

int fvd_v1_map_check(struct fvd_v1_map *map, u64 capacity_chunks, __le64 *used,
		     __le64 *shared, struct fvd_error *error)
{
	int r;

	if (!map->header->compact)
		return 0;
	r = check_entries(map, capacity_chunks, used, shared, error);
	if (r)
		return r;
	find_in_table(map, shared);
	find_missing(map);
	return 0;
}
