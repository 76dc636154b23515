// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counting blocks by where they are.
 *
 * Left out on purpose: the exact picture of one moment, which would need a
 * lock. The sum is always that of the range.
 */
#include "fvd-bitmap.h"
#include "fvd-census.h"

/* Blocks of [first, end) with bit 0; @hidden: the base is not seen there. */
static void count_range(const struct fvd_map *map, u64 first, u64 end,
			bool hidden, struct fvd_census *census)
{
	u64 base_end = max(first, min(map->geo.nr_base_blocks, end));
	u64 nr_base;

	if (hidden)
		base_end = first;
	nr_base = base_end - first -
		fvd_bitmap_count(map->bitmap, first, base_end);
	census->nr_base += nr_base;
	census->nr_zero += end - base_end -
		fvd_bitmap_count(map->bitmap, base_end, end);
}

void fvd_census_take(const struct fvd_map *map, u64 first, u64 end,
		     struct fvd_census *census)
{
	u64 at, stop, chunk, chunk_first;

	memset(census, 0, sizeof(*census));
	for (at = first; map->bitmap && at < end; at = stop) {
		stop = end;
		if (map->table) {
			chunk = fvd_map_chunk_of_block(map, at);
			stop = fvd_map_chunk_blocks(map, chunk, &chunk_first);
			stop = min(end, stop);
		}
		count_range(map, at, stop, fvd_map_hides_base(map, at),
			    census);
	}
	census->nr_local = end - first - census->nr_base - census->nr_zero;
}
