// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writing a new image.
 *
 * Invariant: I-CRE-1  At every moment the device holds no image or all of it.
 *
 * Crash rule: old superblocks zeroed, flush; regions, flush; superblock 1,
 * superblock 0 with the higher generation, flush.
 * Left out on purpose: zeroing the data; the bitmap hides what is there.
 */
#include <stdlib.h>

#include "fvd-image.h"

static int write_table(struct fvd_device *dev, const struct fvd_superblock *sb,
		       const void *empty_page, struct fvd_error *error)
{
	u64 at;
	int r = 0;

	for (at = 0; !r && at < sb->table_size_bytes; at += FVD_PAGE_BYTES)
		r = fvd_device_write(dev, sb->table_offset_bytes + at,
				     empty_page, FVD_PAGE_BYTES, error);
	return r;
}

static int write_checksums(struct fvd_device *dev, struct fvd_superblock *sb,
			   const void *zero_page, const void *empty_page,
			   struct fvd_error *error)
{
	u64 nr_bitmap_pages = sb->bitmap_size_bytes >> FVD_PAGE_SHIFT;
	u64 nr_table_pages = sb->table_size_bytes >> FVD_PAGE_SHIFT;
	u32 seed = fvd_uuid_seed(sb->uuid);
	struct fvd_checksum_disk *region;
	const void *page;
	u64 i;
	int r;

	region = calloc(1, sb->checksum_size_bytes);
	if (!region)
		return fvd_error_set(error, -ENOMEM, "out of memory");
	for (i = 0; i < nr_bitmap_pages + nr_table_pages; i++) {
		page = i < nr_bitmap_pages ? zero_page : empty_page;
		region[i].crc = cpu_to_le32(fvd_page_crc(seed, i, page));
	}
	sb->checksum_copy = 0;
	sb->checksum_crc = fvd_checksum_region_crc(seed, region,
						   sb->checksum_size_bytes);
	r = fvd_device_write(dev, sb->checksum_offset_bytes, region,
			     sb->checksum_size_bytes, error);
	free(region);
	return r;
}

/* All that lies between the superblocks' area and the data. */
static int write_regions(struct fvd_device *dev, struct fvd_superblock *sb,
			 struct fvd_error *error)
{
	u8 *pages = calloc(2, FVD_PAGE_BYTES);
	u8 *empty_page;
	u64 end = fvd_layout_metadata_end_bytes(sb);
	int r;

	if (!pages)
		return fvd_error_set(error, -ENOMEM, "out of memory");
	empty_page = pages + FVD_PAGE_BYTES;
	memset(empty_page, 0xff, FVD_PAGE_BYTES); /* FVD_ENTRY_EMPTY */
	r = fvd_device_zero(dev, FVD_REGIONS_START_BYTES,
			    end - FVD_REGIONS_START_BYTES, error);
	if (!r)
		r = write_table(dev, sb, empty_page, error);
	if (!r)
		r = write_checksums(dev, sb, pages, empty_page, error);
	if (!r)
		r = fvd_device_flush(dev, error);
	free(pages);
	return r;
}

/* Copy 1 first: as long as only it is there, it is the newest valid one. */
static int write_superblocks(struct fvd_device *dev, struct fvd_superblock *sb,
			     struct fvd_error *error)
{
	struct fvd_superblock_disk *raw = malloc(sizeof(*raw));
	unsigned int i;
	int r = 0;

	if (!raw)
		return fvd_error_set(error, -ENOMEM, "out of memory");
	sb->generation = 0;
	for (i = FVD_NR_SUPERBLOCKS; !r && i--;) {
		sb->generation++;
		fvd_superblock_encode(sb, raw);
		r = fvd_device_write(dev, fvd_superblock_offset_bytes(i), raw,
				     FVD_SUPERBLOCK_BYTES, error);
		if (!r)
			r = fvd_device_flush(dev, error);
	}
	free(raw);
	return r;
}

int fvd_image_create(struct fvd_device *dev, struct fvd_superblock *sb,
		     struct fvd_error *error)
{
	int r;

	sb->clean = true;
	sb->checksum_copy = 0;
	sb->journal_tail_block = 0;
	sb->journal_tail_sequence = 1;
	r = fvd_superblock_validate(sb, error);
	if (r)
		return r;
	if (dev->size_bytes < sb->image_size_bytes)
		return fvd_error_set(error, -ENXIO,
			"has %llu bytes, expected at least %llu",
			(unsigned long long)dev->size_bytes,
			(unsigned long long)sb->image_size_bytes);
	r = fvd_image_check_memory(sb, error);
	if (r)
		return r;
	r = fvd_device_zero(dev, 0, FVD_REGIONS_START_BYTES, error);
	if (!r)
		r = fvd_device_flush(dev, error);
	if (!r)
		r = write_regions(dev, sb, error);
	if (!r)
		r = write_superblocks(dev, sb, error);
	return r;
}

int fvd_image_base_stamp(struct fvd_device *base, u64 base_size_bytes,
			 u8 stamp[FVD_BASE_STAMP_BYTES],
			 struct fvd_error *error)
{
	u8 sample[FVD_PAGE_BYTES];
	u32 nr_bytes, crc = ~0U;
	unsigned int i;
	u64 offset;
	__le32 raw;
	int r;

	for (i = 0; i < FVD_BASE_NR_SAMPLES; i++) {
		fvd_base_sample(base_size_bytes, i, &offset, &nr_bytes);
		r = fvd_device_read(base, offset, sample, nr_bytes, error);
		if (r)
			return r;
		crc = crc32c(crc, sample, nr_bytes);
	}
	memset(stamp, 0, FVD_BASE_STAMP_BYTES);
	raw = cpu_to_le32(crc);
	memcpy(stamp, &raw, sizeof(raw));
	return 0;
}
