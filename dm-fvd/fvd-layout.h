/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the regions of an image lie, and how its units count.
 *
 * Order on the image device: superblock 0, superblock 1 at 64 KiB, bitmap,
 * journal, table, checksums, profile, then (1 MiB aligned) the data. Bitmap,
 * table and checksum region have two copies each, one right behind the other.
 * Pure; any context.
 */
#ifndef FVD_LAYOUT_H
#define FVD_LAYOUT_H

#include "fvd-format.h"

/**
 * struct fvd_layout_request - what the creator of an image wants.
 * @virtual_size_bytes: of the disk, a multiple of 512
 * @max_virtual_size_bytes: up to which it may grow
 * @base_size_bytes: of the base; 0 = none
 * @block_size_bytes: unit of the bitmap
 * @chunk_size_bytes: unit of allocation of a compact image
 * @journal_size_bytes: of the ring
 * @profile_size_bytes: of the region for access profiles
 * @compact: with a table; else flat
 * @data_device: the data lies on a device of its own
 *
 * Zero means "the default" everywhere but in @base_size_bytes.
 */
struct fvd_layout_request {
	u64 virtual_size_bytes;
	u64 max_virtual_size_bytes;
	u64 base_size_bytes;
	u64 block_size_bytes;
	u64 chunk_size_bytes;
	u64 journal_size_bytes;
	u64 profile_size_bytes;
	bool compact;
	bool data_device;
};

/**
 * fvd_layout_compute() - lay out a new image.
 * @sb: its sizes, offsets and feature bits are filled in, image_size_bytes
 *      with the least size of the image device (compact: one chunk of data);
 *      everything else is left alone
 * @request: sizes; defaults are filled in by rules told in design.rst
 * @error: what was wrong with the request; may be NULL
 *
 * Returns: 0 or -EINVAL.
 */
int __must_check fvd_layout_compute(struct fvd_superblock *sb,
				    const struct fvd_layout_request *request,
				    struct fvd_error *error);

/**
 * fvd_layout_validate() - are sizes and offsets in bounds, regions disjoint?
 * @sb: the superblock
 * @error: what was found and expected; may be NULL
 *
 * Returns: 0 or -EINVAL.
 */
int __must_check fvd_layout_validate(const struct fvd_superblock *sb,
				     struct fvd_error *error);

/**
 * fvd_layout_default_block_bytes() - 4 KiB, doubled until the bitmap of a disk
 * of @size_bytes has at most FVD_BITMAP_MODERATE_BYTES.
 * @size_bytes: size of the virtual disk
 */
u64 fvd_layout_default_block_bytes(u64 size_bytes);

/**
 * struct fvd_geometry - the numbers that the I/O path divides by.
 * @block_shift: log2 of the block size in bytes
 * @chunk_shift: log2 of the chunk size in bytes; 0 for a flat image
 * @block_sectors_shift: log2 of the block size in sectors
 * @chunk_sectors_shift: log2 of the chunk size in sectors; 0 for a flat image
 * @piece_blocks_shift: log2 of the blocks whose bits are in one 64-bit word, or of
 *	a chunk's if these are less: a request within that is the common one
 * @nr_blocks: blocks of the virtual disk, the last one may be cut off
 * @nr_chunks: table entries in use; 0 for a flat image
 * @base_sectors: sectors below the base's end
 * @nr_base_blocks: blocks that lie at least partly below the base's end
 * @disk_sectors: sectors of the virtual disk
 * @data_start_sector: of the data on its device
 * @nr_bitmap_pages: metadata pages 0 .. nr_bitmap_pages - 1
 * @nr_table_pages: metadata pages behind them
 *
 * Derived from a valid superblock, then constant while the image is open.
 */
struct fvd_geometry {
	unsigned int block_shift;
	unsigned int chunk_shift;
	unsigned int block_sectors_shift;
	unsigned int chunk_sectors_shift;
	unsigned int piece_blocks_shift;
	u64 nr_blocks;
	u64 nr_chunks;
	u64 base_sectors;
	u64 nr_base_blocks;
	u64 disk_sectors;
	u64 data_start_sector;
	u64 nr_bitmap_pages;
	u64 nr_table_pages;
};

/** fvd_geometry_init() - derive it from a valid superblock. */
void fvd_geometry_init(struct fvd_geometry *geo,
		       const struct fvd_superblock *sb);

/** fvd_geometry_nr_pages() - metadata pages, the bitmap's and the table's. */
static inline u64 fvd_geometry_nr_pages(const struct fvd_geometry *geo)
{
	return geo->nr_bitmap_pages + geo->nr_table_pages;
}

/**
 * fvd_layout_page_offset_bytes() - where slot @slot of metadata page @index
 * lies on the image device.
 * @sb: a valid superblock
 * @index: index of the page among all metadata pages
 * @slot: 0 or 1
 */
u64 fvd_layout_page_offset_bytes(const struct fvd_superblock *sb, u64 index,
				 unsigned int slot);

/** fvd_layout_capacity_chunks() - whole chunks that fit on a device. */
u64 fvd_layout_capacity_chunks(const struct fvd_superblock *sb,
			       u64 device_size_bytes);

/** fvd_layout_metadata_end_bytes() - first byte behind the last region. */
u64 fvd_layout_metadata_end_bytes(const struct fvd_superblock *sb);

#endif /* FVD_LAYOUT_H */
