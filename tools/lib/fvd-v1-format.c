// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decoding the header of version 1.
 *
 * Invariants:
 *   I-V1F-1  A header that decodes has every size in bounds: no product or sum
 *            of its fields wraps, no divisor is zero.
 *   I-V1F-2  The parts of bitmap, table and journal that are in use lie behind
 *            the header and within the metadata, and overlap no other.
 *
 * Left out on purpose: encoding; nobody needs new images of this version. The
 * command that would grow the storage, and the prefetch tunables that nothing
 * can be done with.
 */
#include "fvd-v1-format.h"

struct region {
	const char *name;
	u64 offset;
	u64 size;
};

bool fvd_v1_is_magic(const void *bytes)
{
	__le32 magic;

	memcpy(&magic, bytes, sizeof(magic));
	return le32_to_cpu(magic) == FVD_V1_MAGIC;
}

static int take_flag(bool *flag, __le32 raw, const char *name,
		     struct fvd_error *error)
{
	u32 value = le32_to_cpu(raw);

	*flag = value;
	if (value > 1)
		return fvd_error_set(error, -EINVAL,
				     "%s is %u, expected 0 or 1", name, value);
	return 0;
}

static int take_flags(struct fvd_v1_header *header,
		      const struct fvd_v1_header_disk *disk,
		      struct fvd_error *error)
{
	int r;

	r = take_flag(&header->all_data, disk->all_data_in_fvd_img,
		      "all_data_in_fvd_img", error);
	if (!r)
		r = take_flag(&header->compact, disk->compact_image,
			      "compact_image", error);
	if (!r)
		r = take_flag(&header->clean, disk->clean_shutdown,
			      "clean_shutdown", error);
	if (!r)
		r = take_flag(&header->need_zero_init, disk->need_zero_init,
			      "need_zero_init", error);
	if (!r)
		r = take_flag(&header->copy_on_read, disk->copy_on_read,
			      "copy_on_read", error);
	return r;
}

static int take_text(char *text, const char *raw, size_t nr_bytes,
		     const char *name, struct fvd_error *error)
{
	if (!memchr(raw, 0, nr_bytes))
		return fvd_error_set(error, -EINVAL,
				     "%s has no end within its %zu bytes",
				     name, nr_bytes);
	memset(text, 0, nr_bytes);
	memcpy(text, raw, strlen(raw));
	return 0;
}

static int take_texts(struct fvd_v1_header *header,
		      const struct fvd_v1_header_disk *disk,
		      struct fvd_error *error)
{
	int r;

	r = take_text(header->base_path, disk->base_img,
		      sizeof(disk->base_img), "base_img", error);
	if (!r)
		r = take_text(header->base_format, disk->base_img_fmt,
			      sizeof(disk->base_img_fmt), "base_img_fmt",
			      error);
	if (!r)
		r = take_text(header->data_path, disk->data_file,
			      sizeof(disk->data_file), "data_file", error);
	if (!r)
		r = take_text(header->data_format, disk->data_file_fmt,
			      sizeof(disk->data_file_fmt), "data_file_fmt",
			      error);
	return r;
}

/* Sizes are signed on disk; a negative one is too large here. */
static int take_size(u64 *size, __le64 raw, u64 unit, const char *name,
		     struct fvd_error *error)
{
	*size = le64_to_cpu(raw);
	if (*size > FVD_SIZE_MAX_BYTES || *size % unit)
		return fvd_error_set(error, -EINVAL,
			"%s is %lld, expected a multiple of %llu from 0 to %llu",
			name, (long long)*size, (unsigned long long)unit,
			FVD_SIZE_MAX_BYTES);
	return 0;
}

static int take_sizes(struct fvd_v1_header *header,
		      const struct fvd_v1_header_disk *disk,
		      struct fvd_error *error)
{
	int r;

	r = take_size(&header->virtual_size_bytes, disk->virtual_disk_size,
		      FVD_SECTOR_BYTES, "virtual_disk_size", error);
	if (!r)
		r = take_size(&header->metadata_size_bytes,
			      disk->metadata_size, 1, "metadata_size", error);
	if (!r)
		r = take_size(&header->base_size_bytes, disk->base_img_size,
			      FVD_SECTOR_BYTES, "base_img_size", error);
	if (r)
		return r;
	if (!header->virtual_size_bytes)
		return fvd_error_set(error, -EINVAL,
				     "virtual_disk_size is 0, expected a disk");
	if (header->metadata_size_bytes < FVD_V1_HEADER_REGION_BYTES)
		return fvd_error_set(error, -EINVAL,
			"metadata_size is %llu, expected at least %u",
			(unsigned long long)header->metadata_size_bytes,
			FVD_V1_HEADER_REGION_BYTES);
	header->copy_on_read_limit_bytes =
		le64_to_cpu(disk->max_outstanding_copy_on_read_data);
	header->storage_grow_unit_bytes = le64_to_cpu(disk->storage_grow_unit);
	header->prefetch_start_delay_s =
		(s32)le32_to_cpu(disk->prefetch_start_delay);
	/* The original counts the data's start in sectors. */
	header->data_start_bytes = fvd_v1_has_data_file(header) ? 0 :
		round_down(header->metadata_size_bytes, (u64)FVD_SECTOR_BYTES);
	header->covered_sectors = min(header->base_size_bytes,
				      header->virtual_size_bytes) >>
		FVD_SECTOR_SHIFT;
	return 0;
}

static int check_region(const struct fvd_v1_header *header,
			const struct region *region, struct fvd_error *error)
{
	if (region->offset % FVD_PAGE_BYTES ||
	    region->offset < FVD_V1_HEADER_REGION_BYTES ||
	    region->offset > header->metadata_size_bytes ||
	    region->size > header->metadata_size_bytes - region->offset)
		return fvd_error_set(error, -EINVAL,
			"%s has %llu bytes at %lld, expected whole pages from %u to the end of the metadata at %llu",
			region->name, (unsigned long long)region->size,
			(long long)region->offset, FVD_V1_HEADER_REGION_BYTES,
			(unsigned long long)header->metadata_size_bytes);
	return 0;
}

static int take_bitmap(struct fvd_v1_header *header,
		       const struct fvd_v1_header_disk *disk,
		       struct fvd_error *error)
{
	s32 block_size = (s32)le32_to_cpu(disk->block_size);
	struct region region = { .name = "bitmap" };
	int r;

	if (header->all_data || !header->base_size_bytes)
		return 0;
	if (block_size <= 0 || block_size % (s32)FVD_SECTOR_BYTES)
		return fvd_error_set(error, -EINVAL,
			"block_size is %d, expected a multiple of 512 above 0",
			block_size);
	header->block_size_bytes = block_size;
	header->base_sectors = header->covered_sectors;
	header->nr_blocks = header->base_size_bytes / block_size +
		(header->base_size_bytes % block_size != 0);
	r = take_size(&header->bitmap_size_bytes, disk->bitmap_size,
		      FVD_PAGE_BYTES, "bitmap_size", error);
	if (r)
		return r;
	if (header->bitmap_size_bytes < fvd_v1_bitmap_bytes(header))
		return fvd_error_set(error, -EINVAL,
			"bitmap_size is %llu, expected at least %llu for a base of %llu bytes in blocks of %d",
			(unsigned long long)header->bitmap_size_bytes,
			(unsigned long long)fvd_v1_bitmap_bytes(header),
			(unsigned long long)header->base_size_bytes,
			block_size);
	header->bitmap_offset_bytes = le64_to_cpu(disk->bitmap_offset);
	region.offset = header->bitmap_offset_bytes;
	region.size = header->bitmap_size_bytes;
	return check_region(header, &region, error);
}

static int take_journal(struct fvd_v1_header *header,
			const struct fvd_v1_header_disk *disk,
			struct fvd_error *error)
{
	struct region region = { .name = "journal" };
	int r;

	if (!header->compact && !fvd_v1_has_bitmap(header))
		return 0;
	r = take_size(&header->journal_size_bytes, disk->journal_size,
		      FVD_PAGE_BYTES, "journal_size", error);
	if (r || !header->journal_size_bytes)
		return r;
	header->journal_offset_bytes = le64_to_cpu(disk->journal_offset);
	region.offset = header->journal_offset_bytes;
	region.size = header->journal_size_bytes;
	return check_region(header, &region, error);
}

/*
 * The table's size is not stored. The original could enlarge the disk without
 * enlarging the table, which then runs into the journal or the data.
 */
static int take_table(struct fvd_v1_header *header,
		      const struct fvd_v1_header_disk *disk,
		      struct fvd_error *error)
{
	struct region region = { .name = "table", .size = sizeof(__le32) };
	u64 end = header->metadata_size_bytes;
	int r;

	if (!header->compact)
		return 0;
	r = take_size(&header->chunk_size_bytes, disk->chunk_size,
		      FVD_PAGE_BYTES, "chunk_size", error);
	if (r)
		return r;
	if (!header->chunk_size_bytes)
		return fvd_error_set(error, -EINVAL,
			"chunk_size is 0, expected a multiple of 4096");
	header->nr_chunks = header->virtual_size_bytes /
		header->chunk_size_bytes +
		(header->virtual_size_bytes % header->chunk_size_bytes != 0);
	header->table_offset_bytes = le64_to_cpu(disk->table_offset);
	region.offset = header->table_offset_bytes;
	r = check_region(header, &region, error);
	if (r)
		return r;
	if (header->journal_size_bytes &&
	    header->journal_offset_bytes > header->table_offset_bytes)
		end = min(end, header->journal_offset_bytes);
	header->nr_stored_chunks = min(header->nr_chunks,
				       (end - header->table_offset_bytes) /
				       sizeof(__le32));
	return 0;
}

static bool overlaps(const struct region *a, const struct region *b)
{
	return a->size && b->size && a->offset < b->offset + b->size &&
		b->offset < a->offset + a->size;
}

static int check_overlap(const struct fvd_v1_header *header,
			 struct fvd_error *error)
{
	const struct region regions[] = {
		{ "bitmap", header->bitmap_offset_bytes,
		  header->bitmap_size_bytes },
		{ "table", header->table_offset_bytes,
		  header->nr_stored_chunks * sizeof(__le32) },
		{ "journal", header->journal_offset_bytes,
		  header->journal_size_bytes },
	};
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(regions); i++)
		for (j = 0; j < i; j++)
			if (overlaps(&regions[i], &regions[j]))
				return fvd_error_set(error, -EINVAL,
					"%s at %llu and %s at %llu overlap",
					regions[j].name,
					(unsigned long long)regions[j].offset,
					regions[i].name,
					(unsigned long long)regions[i].offset);
	return 0;
}

int fvd_v1_header_decode(struct fvd_v1_header *header,
			 const struct fvd_v1_header_disk *disk,
			 struct fvd_error *error)
{
	int r;

	memset(header, 0, sizeof(*header));
	if (!fvd_v1_is_magic(disk))
		return fvd_error_set(error, -ENODATA,
			"magic is %08x, expected %08x of FVD version 1",
			le32_to_cpu(disk->magic), FVD_V1_MAGIC);
	if (le32_to_cpu(disk->version) != FVD_V1_VERSION)
		return fvd_error_set(error, -EPROTONOSUPPORT,
			"version is %u, expected 1 with this magic",
			le32_to_cpu(disk->version));
	r = take_flags(header, disk, error);
	if (!r)
		r = take_texts(header, disk, error);
	if (!r)
		r = take_sizes(header, disk, error);
	if (!r)
		r = take_bitmap(header, disk, error);
	if (!r)
		r = take_journal(header, disk, error);
	if (!r)
		r = take_table(header, disk, error);
	if (!r)
		r = check_overlap(header, error);
	return r;
}
