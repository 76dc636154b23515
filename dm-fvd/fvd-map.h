/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The map: where is the newest content of this range of the virtual disk?
 *
 * It joins the bitmap (one bit a block, 1 = "in the image", over the whole
 * virtual disk) and, for a compact image, the table (one entry a chunk):
 *
 *   entry      bit  the block is
 *   number     1    in the image, in that chunk of the data region
 *   number     0    in the base, or zeros beyond the base's end
 *   EMPTY      0    in the base, or zeros beyond the base's end
 *   ZERO       0    zeros; hides the base
 *   EMPTY/ZERO 1    nothing that may exist (ZERO with 1: for a moment only)
 *
 * A flat image has no table; bit 1 means at data start + virtual offset.
 *
 * Both are kept in disk byte order, so that a metadata page is a page of
 * memory. Lookups need no lock and run in any context. Changes need the
 * owner's lock. The memory is the owner's.
 */
#ifndef FVD_MAP_H
#define FVD_MAP_H

#include "fvd-bitmap.h"
#include "fvd-layout.h"

/**
 * struct fvd_map - the state of an open image in memory.
 * @geo: geometry, constant
 * @bitmap: nr_bitmap_pages pages
 * @table: nr_table_pages pages; NULL for a flat image
 * @nr_base_blocks_left: blocks whose content is still only in the base
 * @change_seq: odd while chunks change in a way that lock-free readers could
 *	see half of (reset, or a ZERO chunk that gets storage)
 */
struct fvd_map {
	struct fvd_geometry geo;
	__le64 *bitmap;
	__le32 *table;
	u64 nr_base_blocks_left;
	u32 change_seq;
};

enum fvd_where {
	FVD_IN_IMAGE,
	FVD_IN_BASE,
	FVD_IS_ZERO,
};

/**
 * struct fvd_run - a stretch of the virtual disk that is served alike.
 * @where: from where
 * @nr_sectors: how long, at least 1
 * @image_sector: FVD_IN_IMAGE: where it starts on the data device
 */
struct fvd_run {
	enum fvd_where where;
	u64 nr_sectors;
	u64 image_sector;
};

/** fvd_map_block() - the block of a sector. */
static inline u64 fvd_map_block(const struct fvd_map *map, u64 sector)
{
	return sector >> map->geo.block_sectors_shift;
}

/** fvd_map_block_sector() - first sector of a block. */
static inline u64 fvd_map_block_sector(const struct fvd_map *map, u64 block)
{
	return block << map->geo.block_sectors_shift;
}

/** fvd_map_chunk_of_block() - the chunk of a block, compact images only. */
static inline u64 fvd_map_chunk_of_block(const struct fvd_map *map, u64 block)
{
	return block >> (map->geo.chunk_shift - map->geo.block_shift);
}

/** fvd_map_chunk_blocks() - blocks of chunk @chunk: [*@first, return value). */
static inline u64 fvd_map_chunk_blocks(const struct fvd_map *map, u64 chunk,
				       u64 *first)
{
	unsigned int shift = map->geo.chunk_shift - map->geo.block_shift;

	*first = chunk << shift;
	return min((chunk + 1) << shift, map->geo.nr_blocks);
}

/** fvd_map_entry() - the table entry of a chunk. */
static inline u32 fvd_map_entry(const struct fvd_map *map, u64 chunk)
{
	return le32_to_cpu(READ_ONCE(map->table[chunk]));
}

/** fvd_map_hides_base() - was the block's chunk discarded? */
static inline bool fvd_map_hides_base(const struct fvd_map *map, u64 block)
{
	return map->table &&
		fvd_map_entry(map, fvd_map_chunk_of_block(map, block)) ==
		FVD_ENTRY_ZERO;
}

/**
 * fvd_map_lookup() - what is at @sector, and for how long?
 * @map: the map
 * @run: receives the answer
 * @sector: below the disk's end
 * @nr_sectors: how much the caller cares about, > 0, within the disk
 *
 * Lock-free. The answer was true at some moment during the call; what keeps
 * it true afterwards is the caller's business (block locks, or the fact that
 * bits change from 0 to 1 only after the data is there).
 */
void fvd_map_lookup(const struct fvd_map *map, u64 sector, u64 nr_sectors,
		    struct fvd_run *run);

/** fvd_map_is_small() - blocks of one word of the bitmap, in one chunk? */
static inline bool fvd_map_is_small(const struct fvd_map *map, u64 sector,
				    u32 nr_sectors)
{
	return !((sector ^ (sector + nr_sectors - 1)) >>
		 map->geo.block_sectors_shift >> map->geo.piece_blocks_shift);
}

/**
 * fvd_map_find_in_image() - where is a small request, if all of it is local?
 * @map: the map
 * @sector: below the disk's end
 * @nr_sectors: > 0, within the disk
 * @image_sector: receives where it is on the data device
 *
 * What fvd_map_lookup() finds out in general, for what is common and has to be
 * cheap. Lock-free.
 *
 * Returns: false also for what is not small, and while a chunk changes (which
 * can not be under the owner's lock).
 */
static inline bool fvd_map_find_in_image(const struct fvd_map *map, u64 sector,
					 u32 nr_sectors, u64 *image_sector)
{
	u64 block, last_block;
	unsigned int shift;
	u32 seq, entry;

	/* Of a chunk that changes it is odd, which this is never. */
	seq = READ_ONCE(map->change_seq) & ~1U;
	smp_rmb(); /* pairs with smp_wmb() in change_end() */
	shift = map->geo.block_sectors_shift;
	block = sector >> shift;
	last_block = (sector + nr_sectors - 1) >> shift;
	if (likely(block == last_block)) {
		if (!fvd_bitmap_test(map->bitmap, block))
			return false;
	} else if ((block ^ last_block) >> map->geo.piece_blocks_shift ||
		   fvd_bitmap_has_zero(map->bitmap, block, last_block)) {
		return false;
	}
	*image_sector = map->geo.data_start_sector + sector;
	if (!map->table)
		return true;
	smp_rmb(); /* pairs with smp_wmb() in fvd_map_set_blocks() */
	shift = map->geo.chunk_sectors_shift;
	sector >>= shift;
	entry = fvd_map_entry(map, sector);
	smp_rmb(); /* pairs with smp_wmb() in change_begin() */
	if (entry >= FVD_ENTRY_LIMIT || seq != READ_ONCE(map->change_seq))
		return false;
	*image_sector += ((u64)entry - sector) << shift;
	return true;
}

/**
 * fvd_map_set_blocks() - [@first, @end) are in the image now.
 * @map: the map
 * @first: first block
 * @end: first block behind them
 *
 * Call only when their whole content is there. In a compact image the chunk
 * has its number already. Orders the entry's store before the bit's (pairs
 * with smp_rmb() in fvd_map_lookup()).
 */
void fvd_map_set_blocks(struct fvd_map *map, u64 first, u64 end);

/** fvd_map_set_block() - the same for a single block. */
static inline void fvd_map_set_block(struct fvd_map *map, u64 block)
{
	smp_wmb(); /* pairs with smp_rmb() as that in fvd_map_set_blocks() */
	if (fvd_bitmap_set(map->bitmap, block) &&
	    block < map->geo.nr_base_blocks)
		map->nr_base_blocks_left--;
}

/**
 * fvd_map_set_entry() - give an EMPTY chunk its storage.
 * @map: the map
 * @chunk: index of the chunk in the virtual disk
 * @number: its place in the data region
 *
 * Its bits are still 0, so nobody looks there before fvd_map_set_blocks().
 */
void fvd_map_set_entry(struct fvd_map *map, u64 chunk, u32 number);

/**
 * fvd_map_fill_zero_chunk() - give a ZERO chunk its storage.
 * @map: the map
 * @chunk: index of the chunk in the virtual disk
 * @number: its place in the data region
 * @first: first block, and
 * @end: end of the blocks whose content is in the new storage now: the whole
 *	chunk as far as the base reaches, and what was written
 *
 * Bits and entry change in one step for lock-free readers.
 */
void fvd_map_fill_zero_chunk(struct fvd_map *map, u64 chunk, u32 number,
			     u64 first, u64 end);

/**
 * fvd_map_reset_chunk() - forget a chunk's content.
 * @map: the map
 * @chunk: index of the chunk in the virtual disk
 * @value: FVD_ENTRY_ZERO, or FVD_ENTRY_EMPTY where no base lies below
 *
 * Returns: the chunk number that it had, or the entry it had if none.
 */
u32 fvd_map_reset_chunk(struct fvd_map *map, u64 chunk, u32 value);

/** fvd_map_chunk_has_base() - does any part of the chunk lie over the base? */
static inline bool fvd_map_chunk_has_base(const struct fvd_map *map, u64 chunk)
{
	return chunk << (map->geo.chunk_shift - FVD_SECTOR_SHIFT) <
		map->geo.base_sectors;
}

/**
 * fvd_map_count() - set nr_base_blocks_left after bitmap and table were loaded.
 * @map: the map
 *
 * For those who do not want them to be checked; chunk by chunk.
 */
void fvd_map_count(struct fvd_map *map);

/**
 * fvd_map_check() - does a loaded map make sense? And what is left in the base?
 * @map: the map; nr_base_blocks_left is set if it does
 * @capacity_chunks: chunks that the device has room for
 * @used: bitmap of capacity_chunks bits, zeroed; receives the chunks in use.
 *	Not touched for a flat image.
 * @error: what was wrong; may be NULL
 *
 * Every number below the capacity and used once; no bit without storage; no
 * bit or entry behind the disk's end. Nobody else may know the map yet. All in
 * one pass, since an activation looks at megabytes of it.
 *
 * Returns: 0 or -EBADMSG.
 */
int __must_check fvd_map_check(struct fvd_map *map, u64 capacity_chunks,
			       __le64 *used, struct fvd_error *error);

/** fvd_map_page() - the FVD_PAGE_BYTES of metadata page @index in memory. */
static inline void *fvd_map_page(const struct fvd_map *map, u64 index)
{
	if (index < map->geo.nr_bitmap_pages)
		return (u8 *)map->bitmap + (index << FVD_PAGE_SHIFT);
	return (u8 *)map->table +
		((index - map->geo.nr_bitmap_pages) << FVD_PAGE_SHIFT);
}

/** fvd_map_page_of_block() - the metadata page with a block's bit. */
static inline u64 fvd_map_page_of_block(u64 block)
{
	return block >> (FVD_PAGE_SHIFT + 3);
}

/** fvd_map_page_of_chunk() - the metadata page with a chunk's entry. */
static inline u64 fvd_map_page_of_chunk(const struct fvd_map *map, u64 chunk)
{
	return map->geo.nr_bitmap_pages + (chunk >> (FVD_PAGE_SHIFT - 2));
}

#endif /* FVD_MAP_H */
