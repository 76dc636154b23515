// SPDX-License-Identifier: GPL-2.0-only
/*
 * Region arithmetic of FVD format 3, overflow-checked.
 *
 * Invariants:
 *   I-LAY-1  Every region starts and ends on a 4 KiB boundary, lies behind
 *            128 KiB and in front of the data, and overlaps no other.
 *   I-LAY-2  The bitmap covers max_virtual_size, the table too.
 *   I-LAY-3  block <= chunk, both powers of two.
 *
 * Locking: none. Left out on purpose: moving regions of an existing image.
 */
#include "fvd-layout.h"

#define MIB	1048576ULL
#define GIB	1073741824ULL

static u64 pages_bytes(u64 nr_bytes)
{
	return round_up(nr_bytes, (u64)FVD_PAGE_BYTES);
}

static u64 ceil_shift(u64 n, unsigned int shift)
{
	return (n >> shift) + ((n & ((1ULL << shift) - 1)) != 0);
}

/* Bytes that a bitmap of so many blocks takes, in whole pages. */
static u64 bitmap_bytes(u64 size_bytes, u64 block_bytes)
{
	u64 nr_blocks = ceil_shift(size_bytes, ilog2(block_bytes));

	return pages_bytes(ceil_shift(nr_blocks, 3));
}

static u64 table_bytes(u64 size_bytes, u64 chunk_bytes)
{
	return pages_bytes(ceil_shift(size_bytes, ilog2(chunk_bytes)) *
			   sizeof(__le32));
}

static u64 checksum_bytes(u64 bitmap_size, u64 table_size)
{
	u64 nr_pages = (bitmap_size + table_size) >> FVD_PAGE_SHIFT;

	return pages_bytes(nr_pages * sizeof(struct fvd_checksum_disk));
}

u64 fvd_layout_default_block_bytes(u64 size_bytes)
{
	u64 block = FVD_BLOCK_MIN_BYTES;

	while (block < FVD_BLOCK_MAX_BYTES &&
	       bitmap_bytes(size_bytes, block) > FVD_BITMAP_MODERATE_BYTES)
		block *= 2;
	return block;
}

/*
 * 16 MiB hold a second of heavy random first writes; a small disk can never
 * make so many changes and gets 1 MiB.
 */
static u64 default_journal_bytes(u64 virtual_size_bytes)
{
	return virtual_size_bytes >= GIB ? FVD_JOURNAL_DEFAULT_BYTES : MIB;
}

static int check_request(const struct fvd_superblock *sb,
			 const struct fvd_layout_request *q,
			 struct fvd_error *error)
{
	if (!q->virtual_size_bytes ||
	    q->virtual_size_bytes & (FVD_SECTOR_BYTES - 1) ||
	    sb->max_virtual_size_bytes > FVD_SIZE_MAX_BYTES)
		return fvd_error_set(error, -EINVAL,
			"size is %llu bytes, expected a multiple of 512 up to 4 EiB",
			(unsigned long long)q->virtual_size_bytes);
	if (!is_power_of_2(sb->block_size_bytes) ||
	    sb->block_size_bytes < FVD_BLOCK_MIN_BYTES ||
	    sb->block_size_bytes > FVD_BLOCK_MAX_BYTES)
		return fvd_error_set(error, -EINVAL,
			"block size is %llu bytes, expected a power of two from %u to %u",
			(unsigned long long)sb->block_size_bytes,
			FVD_BLOCK_MIN_BYTES, FVD_BLOCK_MAX_BYTES);
	if (q->compact && (!is_power_of_2(sb->chunk_size_bytes) ||
			   sb->chunk_size_bytes > FVD_CHUNK_MAX_BYTES))
		return fvd_error_set(error, -EINVAL,
			"chunk size is %llu bytes, expected a power of two up to %u",
			(unsigned long long)sb->chunk_size_bytes,
			FVD_CHUNK_MAX_BYTES);
	if (q->compact && q->data_device)
		return fvd_error_set(error, -EINVAL,
			"a compact image can not have a data device");
	return 0;
}

static void place_regions(struct fvd_superblock *sb)
{
	u64 at = FVD_REGIONS_START_BYTES;

	sb->bitmap_offset_bytes = at;
	at += 2 * sb->bitmap_size_bytes;
	sb->journal_offset_bytes = at;
	at += sb->journal_size_bytes;
	sb->table_offset_bytes = sb->table_size_bytes ? at : 0;
	at += 2 * sb->table_size_bytes;
	sb->checksum_offset_bytes = at;
	at += 2 * sb->checksum_size_bytes;
	sb->profile_offset_bytes = sb->profile_size_bytes ? at : 0;
	at += sb->profile_size_bytes;
	if (fvd_superblock_has_data_device(sb)) {
		sb->data_offset_bytes = 0;
		sb->image_size_bytes = at;
		return;
	}
	sb->data_offset_bytes = round_up(at, (u64)FVD_DATA_ALIGN_BYTES);
	sb->image_size_bytes = sb->data_offset_bytes +
		(fvd_superblock_is_compact(sb) ? sb->chunk_size_bytes :
						 sb->virtual_size_bytes);
}

int fvd_layout_compute(struct fvd_superblock *sb,
		       const struct fvd_layout_request *q,
		       struct fvd_error *error)
{
	int r;

	sb->virtual_size_bytes = q->virtual_size_bytes;
	sb->max_virtual_size_bytes = max(q->max_virtual_size_bytes,
					 q->virtual_size_bytes);
	sb->base_size_bytes = min(q->base_size_bytes, q->virtual_size_bytes);
	sb->block_size_bytes = q->block_size_bytes ?:
		fvd_layout_default_block_bytes(sb->max_virtual_size_bytes);
	sb->chunk_size_bytes = 0;
	if (q->compact)
		sb->chunk_size_bytes = q->chunk_size_bytes ?:
			max_t(u64, FVD_CHUNK_DEFAULT_BYTES,
			      sb->block_size_bytes);
	r = check_request(sb, q, error);
	if (r)
		return r;
	sb->journal_size_bytes = q->journal_size_bytes ?:
		default_journal_bytes(q->virtual_size_bytes);
	sb->profile_size_bytes = q->profile_size_bytes ?:
		FVD_PROFILE_DEFAULT_BYTES;
	sb->feature_incompat = (q->compact ? FVD_INCOMPAT_COMPACT : 0) |
		(q->data_device ? FVD_INCOMPAT_DATA_DEVICE : 0);
	sb->bitmap_size_bytes = bitmap_bytes(sb->max_virtual_size_bytes,
					     sb->block_size_bytes);
	sb->table_size_bytes = q->compact ?
		table_bytes(sb->max_virtual_size_bytes, sb->chunk_size_bytes) : 0;
	sb->checksum_size_bytes = checksum_bytes(sb->bitmap_size_bytes,
						 sb->table_size_bytes);
	place_regions(sb);
	return fvd_layout_validate(sb, error);
}

/* What a flat image has not must be 0, or two encodings mean the same. */
static int check_flat(const struct fvd_superblock *sb, struct fvd_error *error)
{
	if (sb->chunk_size_bytes)
		return fvd_error_set(error, -EINVAL,
			"chunk size of a flat image is %llu bytes, expected 0",
			(unsigned long long)sb->chunk_size_bytes);
	if (sb->table_size_bytes || sb->table_offset_bytes)
		return fvd_error_set(error, -EINVAL,
			"table of a flat image lies at %llu, %llu bytes; expected none",
			(unsigned long long)sb->table_offset_bytes,
			(unsigned long long)sb->table_size_bytes);
	return 0;
}

static int check_sizes(const struct fvd_superblock *sb, struct fvd_error *error)
{
	if (!sb->virtual_size_bytes ||
	    sb->virtual_size_bytes & (FVD_SECTOR_BYTES - 1) ||
	    sb->virtual_size_bytes > sb->max_virtual_size_bytes ||
	    sb->max_virtual_size_bytes & (FVD_SECTOR_BYTES - 1) ||
	    sb->max_virtual_size_bytes > FVD_SIZE_MAX_BYTES)
		return fvd_error_set(error, -EINVAL,
			"virtual size is %llu bytes, maximum %llu; expected multiples of 512, ascending, up to 4 EiB",
			(unsigned long long)sb->virtual_size_bytes,
			(unsigned long long)sb->max_virtual_size_bytes);
	if (sb->base_size_bytes > sb->virtual_size_bytes ||
	    sb->base_size_bytes & (FVD_SECTOR_BYTES - 1))
		return fvd_error_set(error, -EINVAL,
			"base size is %llu bytes, expected a multiple of 512 up to %llu",
			(unsigned long long)sb->base_size_bytes,
			(unsigned long long)sb->virtual_size_bytes);
	if (!is_power_of_2(sb->block_size_bytes) ||
	    sb->block_size_bytes < FVD_BLOCK_MIN_BYTES ||
	    sb->block_size_bytes > FVD_BLOCK_MAX_BYTES)
		return fvd_error_set(error, -EINVAL,
			"block size is %llu bytes, expected a power of two from %u to %u",
			(unsigned long long)sb->block_size_bytes,
			FVD_BLOCK_MIN_BYTES, FVD_BLOCK_MAX_BYTES);
	if (!fvd_superblock_is_compact(sb))
		return check_flat(sb, error);
	/* I-LAY-3 */
	if (!is_power_of_2(sb->chunk_size_bytes) ||
	    sb->chunk_size_bytes < sb->block_size_bytes ||
	    sb->chunk_size_bytes > FVD_CHUNK_MAX_BYTES)
		return fvd_error_set(error, -EINVAL,
			"chunk size is %llu bytes, expected a power of two from %llu to %u",
			(unsigned long long)sb->chunk_size_bytes,
			(unsigned long long)sb->block_size_bytes,
			FVD_CHUNK_MAX_BYTES);
	return 0;
}

/* I-LAY-2, and what else a region's size follows from. */
static int check_region_sizes(const struct fvd_superblock *sb,
			      struct fvd_error *error)
{
	u64 want;

	want = bitmap_bytes(sb->max_virtual_size_bytes, sb->block_size_bytes);
	if (sb->bitmap_size_bytes != want)
		return fvd_error_set(error, -EINVAL,
			"bitmap size is %llu bytes, expected %llu",
			(unsigned long long)sb->bitmap_size_bytes,
			(unsigned long long)want);
	want = fvd_superblock_is_compact(sb) ?
		table_bytes(sb->max_virtual_size_bytes, sb->chunk_size_bytes) : 0;
	if (sb->table_size_bytes != want)
		return fvd_error_set(error, -EINVAL,
			"table size is %llu bytes, expected %llu",
			(unsigned long long)sb->table_size_bytes,
			(unsigned long long)want);
	want = checksum_bytes(sb->bitmap_size_bytes, sb->table_size_bytes);
	if (sb->checksum_size_bytes != want)
		return fvd_error_set(error, -EINVAL,
			"checksum region size is %llu bytes, expected %llu",
			(unsigned long long)sb->checksum_size_bytes,
			(unsigned long long)want);
	if (sb->journal_size_bytes & (FVD_PAGE_BYTES - 1) ||
	    sb->journal_size_bytes < FVD_JOURNAL_MIN_BYTES ||
	    sb->journal_size_bytes > FVD_JOURNAL_MAX_BYTES)
		return fvd_error_set(error, -EINVAL,
			"journal size is %llu bytes, expected a multiple of 4096 from %u to %u",
			(unsigned long long)sb->journal_size_bytes,
			FVD_JOURNAL_MIN_BYTES, FVD_JOURNAL_MAX_BYTES);
	if (sb->journal_tail_block >= sb->journal_size_bytes >> FVD_PAGE_SHIFT)
		return fvd_error_set(error, -EINVAL,
			"journal tail is block %llu, expected below %llu",
			(unsigned long long)sb->journal_tail_block,
			(unsigned long long)(sb->journal_size_bytes >>
					     FVD_PAGE_SHIFT));
	if (sb->profile_size_bytes & (FVD_PAGE_BYTES - 1) ||
	    sb->profile_size_bytes > FVD_PROFILE_MAX_BYTES)
		return fvd_error_set(error, -EINVAL,
			"profile size is %llu bytes, expected a multiple of 4096 up to %u",
			(unsigned long long)sb->profile_size_bytes,
			FVD_PROFILE_MAX_BYTES);
	if (!sb->profile_size_bytes && sb->profile_offset_bytes)
		return fvd_error_set(error, -EINVAL,
			"profile lies at %llu, but its size is 0",
			(unsigned long long)sb->profile_offset_bytes);
	return 0;
}

struct region {
	const char *name;
	u64 offset;
	u64 size;
};

static int check_region(const struct region *region, u64 end,
			struct fvd_error *error)
{
	if (region->offset & (FVD_PAGE_BYTES - 1) ||
	    region->offset < FVD_REGIONS_START_BYTES ||
	    region->offset > end || region->size > end - region->offset)
		return fvd_error_set(error, -EINVAL,
			"%s lies at %llu, %llu bytes; expected it page aligned between %u and %llu",
			region->name, (unsigned long long)region->offset,
			(unsigned long long)region->size,
			FVD_REGIONS_START_BYTES, (unsigned long long)end);
	return 0;
}

static int check_disjoint(const struct region *a, const struct region *b,
			  struct fvd_error *error)
{
	if (a->offset < b->offset + b->size && b->offset < a->offset + a->size)
		return fvd_error_set(error, -EINVAL,
			"%s (at %llu) and %s (at %llu) overlap",
			a->name, (unsigned long long)a->offset,
			b->name, (unsigned long long)b->offset);
	return 0;
}

/* I-LAY-1, of any two of them. */
static int check_regions(const struct fvd_superblock *sb,
			 struct fvd_error *error)
{
	const struct region regions[] = {
		{ "bitmap", sb->bitmap_offset_bytes, 2 * sb->bitmap_size_bytes },
		{ "journal", sb->journal_offset_bytes, sb->journal_size_bytes },
		{ "table", sb->table_offset_bytes, 2 * sb->table_size_bytes },
		{ "checksum region", sb->checksum_offset_bytes,
		  2 * sb->checksum_size_bytes },
		{ "profile", sb->profile_offset_bytes, sb->profile_size_bytes },
	};
	u64 end = fvd_superblock_has_data_device(sb) ? sb->image_size_bytes :
						       sb->data_offset_bytes;
	unsigned int i, j;
	int r;

	for (i = 0; i < ARRAY_SIZE(regions); i++) {
		if (!regions[i].size)
			continue;
		r = check_region(&regions[i], end, error);
		for (j = 0; !r && j < i; j++)
			if (regions[j].size)
				r = check_disjoint(&regions[i], &regions[j],
						   error);
		if (r)
			return r;
	}
	return 0;
}

static int check_data(const struct fvd_superblock *sb, struct fvd_error *error)
{
	u64 need = fvd_superblock_is_compact(sb) ? sb->chunk_size_bytes :
						   sb->virtual_size_bytes;

	/* The largest offset that a loff_t holds. */
	if (sb->image_size_bytes > S64_MAX)
		return fvd_error_set(error, -EINVAL,
			"image size is %llu bytes, expected below 8 EiB",
			(unsigned long long)sb->image_size_bytes);
	if (fvd_superblock_has_data_device(sb)) {
		if (sb->data_offset_bytes)
			return fvd_error_set(error, -EINVAL,
				"data offset is %llu with a data device, expected 0",
				(unsigned long long)sb->data_offset_bytes);
		return 0;
	}
	if (!sb->data_offset_bytes ||
	    sb->data_offset_bytes & (FVD_DATA_ALIGN_BYTES - 1) ||
	    sb->data_offset_bytes > sb->image_size_bytes ||
	    sb->image_size_bytes - sb->data_offset_bytes < need)
		return fvd_error_set(error, -EINVAL,
			"data at %llu, %llu bytes, does not fit an image of %llu bytes",
			(unsigned long long)sb->data_offset_bytes,
			(unsigned long long)need,
			(unsigned long long)sb->image_size_bytes);
	return 0;
}

int fvd_layout_validate(const struct fvd_superblock *sb,
			struct fvd_error *error)
{
	int r;

	r = check_sizes(sb, error);
	if (!r)
		r = check_region_sizes(sb, error);
	if (!r)
		r = check_data(sb, error);
	if (!r)
		r = check_regions(sb, error);
	return r;
}

void fvd_geometry_init(struct fvd_geometry *geo, const struct fvd_superblock *sb)
{
	memset(geo, 0, sizeof(*geo));
	geo->block_shift = ilog2(sb->block_size_bytes);
	geo->block_sectors_shift = geo->block_shift - FVD_SECTOR_SHIFT;
	geo->piece_blocks_shift = 6;
	geo->nr_blocks = ceil_shift(sb->virtual_size_bytes, geo->block_shift);
	geo->nr_base_blocks = ceil_shift(sb->base_size_bytes, geo->block_shift);
	geo->base_sectors = sb->base_size_bytes >> FVD_SECTOR_SHIFT;
	geo->disk_sectors = sb->virtual_size_bytes >> FVD_SECTOR_SHIFT;
	geo->data_start_sector = sb->data_offset_bytes >> FVD_SECTOR_SHIFT;
	geo->nr_bitmap_pages = sb->bitmap_size_bytes >> FVD_PAGE_SHIFT;
	geo->nr_table_pages = sb->table_size_bytes >> FVD_PAGE_SHIFT;
	if (fvd_superblock_is_compact(sb)) {
		geo->chunk_shift = ilog2(sb->chunk_size_bytes);
		geo->chunk_sectors_shift = geo->chunk_shift - FVD_SECTOR_SHIFT;
		geo->piece_blocks_shift = min(6U, geo->chunk_shift -
					      geo->block_shift);
		geo->nr_chunks = ceil_shift(sb->virtual_size_bytes,
					    geo->chunk_shift);
	}
}

u64 fvd_layout_page_offset_bytes(const struct fvd_superblock *sb, u64 index,
				 unsigned int slot)
{
	u64 nr_bitmap_pages = sb->bitmap_size_bytes >> FVD_PAGE_SHIFT;

	if (index < nr_bitmap_pages)
		return sb->bitmap_offset_bytes + slot * sb->bitmap_size_bytes +
			(index << FVD_PAGE_SHIFT);
	return sb->table_offset_bytes + slot * sb->table_size_bytes +
		((index - nr_bitmap_pages) << FVD_PAGE_SHIFT);
}

u64 fvd_layout_capacity_chunks(const struct fvd_superblock *sb,
			       u64 device_size_bytes)
{
	if (device_size_bytes < sb->data_offset_bytes)
		return 0;
	return min_t(u64, (device_size_bytes - sb->data_offset_bytes) >>
			  ilog2(sb->chunk_size_bytes), FVD_ENTRY_LIMIT);
}

u64 fvd_layout_metadata_end_bytes(const struct fvd_superblock *sb)
{
	u64 end = sb->bitmap_offset_bytes + 2 * sb->bitmap_size_bytes;

	end = max(end, sb->journal_offset_bytes + sb->journal_size_bytes);
	end = max(end, sb->table_offset_bytes + 2 * sb->table_size_bytes);
	end = max(end, sb->checksum_offset_bytes + 2 * sb->checksum_size_bytes);
	return max(end, sb->profile_offset_bytes + sb->profile_size_bytes);
}
