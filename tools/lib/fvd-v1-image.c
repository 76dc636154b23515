// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loading an image of version 1.
 *
 * Invariants:
 *   I-V1I-1  Nothing is allocated by a size that the file does not hold, or
 *            that is beyond FVD_IMAGE_MEMORY_LIMIT_BYTES.
 *   I-V1I-2  Nothing is written.
 *
 * The journal of an image that is marked as clean is looked at, too: all that
 * it tells must be in bitmap and table already.
 */
#include <stdlib.h>

#include "fvd-image.h"
#include "fvd-v1-image.h"

#define RUN_BYTES	1048576U

bool fvd_v1_image_probe(struct fvd_device *dev)
{
	u8 page[FVD_PAGE_BYTES] __aligned(8);
	int r = fvd_device_read(dev, 0, page, sizeof(page), NULL);

	return !r && fvd_v1_is_magic(page);
}

int fvd_v1_image_open(struct fvd_v1_image *image, struct fvd_device *dev,
		      struct fvd_error *error)
{
	u8 *region;
	int r;

	memset(image, 0, sizeof(*image));
	image->dev = dev;
	image->map.header = &image->header;
	region = malloc(FVD_V1_HEADER_REGION_BYTES);
	if (!region)
		return fvd_error_set(error, -ENOMEM, "out of memory");
	r = fvd_device_read(dev, 0, region, FVD_V1_HEADER_REGION_BYTES, error);
	if (!r) {
		memcpy(&image->raw, region, sizeof(image->raw));
		r = fvd_v1_header_decode(&image->header, &image->raw, error);
	}
	free(region);
	if (r || image->header.metadata_size_bytes <= dev->size_bytes)
		return r;
	return fvd_error_set(error, -ENXIO,
			"has %llu bytes, expected at least %llu of metadata",
			(unsigned long long)dev->size_bytes,
			(unsigned long long)image->header.metadata_size_bytes);
}

void fvd_v1_image_close(struct fvd_v1_image *image)
{
	free(image->map.bitmap);
	free(image->map.table);
	image->map.bitmap = NULL;
	image->map.table = NULL;
}

static int no_memory(u64 nr_bytes, struct fvd_error *error)
{
	return fvd_error_set(error, -ENOMEM, "out of memory for %llu bytes",
			     (unsigned long long)nr_bytes);
}

/*
 * Read [offset, offset + nr) of the metadata into @buffer, which has room for
 * whole pages behind it; regions begin on page boundaries, but files may end
 * anywhere.
 */
static int read_region(struct fvd_v1_image *image, u64 offset, u64 nr_bytes,
		       void *buffer, struct fvd_error *error)
{
	u64 nr = min(round_up(nr_bytes, (u64)FVD_PAGE_BYTES),
		     image->dev->size_bytes - offset);

	return fvd_device_read(image->dev, offset, buffer, nr, error);
}

static int load_bitmap(struct fvd_v1_image *image, struct fvd_error *error)
{
	u64 nr_bytes = fvd_v1_bitmap_bytes(&image->header);

	if (!nr_bytes)
		return 0;
	image->map.bitmap = calloc(1, round_up(nr_bytes, (u64)FVD_PAGE_BYTES));
	if (!image->map.bitmap)
		return no_memory(nr_bytes, error);
	return read_region(image, image->header.bitmap_offset_bytes, nr_bytes,
			   image->map.bitmap, error);
}

static int load_table(struct fvd_v1_image *image, struct fvd_error *error)
{
	u64 nr_bytes = image->header.nr_stored_chunks * sizeof(__le32);

	if (!image->header.compact)
		return 0;
	image->map.table = malloc(round_up(nr_bytes, (u64)FVD_PAGE_BYTES));
	if (!image->map.table)
		return no_memory(nr_bytes, error);
	return read_region(image, image->header.table_offset_bytes, nr_bytes,
			   image->map.table, error);
}

int fvd_v1_image_load_map(struct fvd_v1_image *image, struct fvd_error *error)
{
	const struct fvd_v1_header *header = &image->header;
	u64 nr_bytes = fvd_v1_bitmap_bytes(header) +
		header->nr_stored_chunks * sizeof(__le32);
	int r;

	/* Both lie within the file; but a sparse one can be of any size. */
	if (nr_bytes > FVD_IMAGE_MEMORY_LIMIT_BYTES)
		return fvd_error_set(error, -EFBIG,
			"bitmap and table have %llu bytes, expected at most %llu",
			(unsigned long long)nr_bytes,
			FVD_IMAGE_MEMORY_LIMIT_BYTES);
	r = load_bitmap(image, error);
	return r ?: load_table(image, error);
}

int fvd_v1_image_read_journal(struct fvd_v1_image *image, u64 at, u8 *buffer,
			      u64 nr_bytes, struct fvd_error *error)
{
	return fvd_device_read(image->dev,
			       image->header.journal_offset_bytes + at, buffer,
			       nr_bytes, error);
}

static int replay_run(struct fvd_v1_image *image, struct fvd_v1_replay *replay,
		      const u8 *buffer, u64 at, u64 nr_bytes,
		      struct fvd_error *error)
{
	struct fvd_error reason = { "" };
	u64 i;
	int r;

	for (i = 0; i < nr_bytes; i += FVD_SECTOR_BYTES) {
		r = fvd_v1_replay_sector(replay, buffer + i, &reason);
		if (!r)
			continue;
		if (!replay->apply) {
			image->nr_bad_sectors++;
			continue;
		}
		return fvd_error_set(error, r, "journal sector %llu: %.100s",
				     (unsigned long long)(at + i) >>
				     FVD_SECTOR_SHIFT, reason.text);
	}
	return 0;
}

static int replay_journal(struct fvd_v1_image *image, bool apply,
			  struct fvd_error *error)
{
	struct fvd_v1_replay replay = { .map = &image->map, .apply = apply };
	u64 at, nr, size = image->header.journal_size_bytes;
	u8 *buffer = malloc(RUN_BYTES);
	int r = 0;

	if (!buffer)
		return no_memory(RUN_BYTES, error);
	for (at = 0; !r && at < size; at += nr) {
		nr = min_t(u64, size - at, RUN_BYTES);
		r = fvd_v1_image_read_journal(image, at, buffer, nr, error);
		if (!r)
			r = replay_run(image, &replay, buffer, at, nr, error);
	}
	free(buffer);
	image->nr_records = replay.nr_records;
	image->nr_journal_sectors = replay.nr_sectors;
	image->nr_replayed = replay.nr_changes;
	return r;
}

/*
 * The original gives a flat image its full length at the first I/O. Before, it
 * ends with the metadata, and its data file is empty.
 */
static void find_cut_short(struct fvd_v1_image *image,
			   const struct fvd_device *data)
{
	const struct fvd_v1_header *header = &image->header;
	u64 start = header->data_start_bytes;
	u64 nr_bytes = data->size_bytes - min(start, data->size_bytes);

	if (header->compact || nr_bytes >= header->virtual_size_bytes)
		return;
	if (!data->is_block &&
	    data->size_bytes <= (start ? header->metadata_size_bytes : 0))
		return;
	nr_bytes = round_down(nr_bytes, (u64)FVD_SECTOR_BYTES);
	fvd_v1_map_found(&image->map, FVD_V1_CUT_SHORT, nr_bytes,
			 header->virtual_size_bytes - nr_bytes);
}

/* Storage that the image uses and its file can have. */
static u64 capacity_chunks(const struct fvd_v1_image *image,
			   const struct fvd_device *data)
{
	const struct fvd_v1_header *header = &image->header;
	u64 capacity = fvd_v1_map_max_entry(&image->map), start;

	if (!data || !header->compact)
		return capacity;
	start = min(header->data_start_bytes, data->size_bytes);
	return min(capacity,
		   (data->size_bytes - start) / header->chunk_size_bytes);
}

/* What QEMU calls a file or device that is taken as it is; "" is a guess. */
static bool is_raw_format(const char *format)
{
	return !format[0] || !strcmp(format, "raw") ||
		!strcmp(format, "file") || !strcmp(format, "host_device");
}

static int check_map(struct fvd_v1_image *image, const struct fvd_device *data,
		     struct fvd_error *error)
{
	u64 capacity = capacity_chunks(image, data);
	u64 nr_words = fvd_bitmap_words(capacity) + 1;
	__le64 *used = calloc(nr_words, sizeof(*used));
	__le64 *shared = calloc(nr_words, sizeof(*shared));
	int r;

	if (used && shared)
		r = fvd_v1_map_check(&image->map, capacity, used, shared,
				     error);
	else
		r = no_memory(2 * nr_words * sizeof(*used), error);
	if (!r)
		image->nr_used_chunks = fvd_bitmap_count(used, 0, capacity);
	free(used);
	free(shared);
	return r;
}

int fvd_v1_image_load(struct fvd_v1_image *image, const struct fvd_device *data,
		      u32 accepted, fvd_v1_found_fn found, void *context,
		      struct fvd_error *error)
{
	struct fvd_v1_header *header = &image->header;
	bool apply = !header->clean || accepted & FVD_V1_ACCEPT_JOURNAL_REPLAY;
	int r;

	if (!fvd_v1_has_data_file(header))
		data = image->dev;
	image->map.found = found;
	image->map.context = context;
	image->map.missing_is_base = accepted & FVD_V1_ACCEPT_MISSING_AS_BASE;
	r = fvd_v1_image_load_map(image, error);
	if (!r && header->journal_size_bytes)
		r = replay_journal(image, apply, error);
	if (r)
		return r;
	if (!header->clean && !header->journal_size_bytes &&
	    (header->compact || fvd_v1_has_bitmap(header)))
		fvd_v1_map_found(&image->map, FVD_V1_NO_JOURNAL, 0,
				 header->virtual_size_bytes);
	if (fvd_v1_has_data_file(header) && !is_raw_format(header->data_format))
		fvd_v1_map_found(&image->map, FVD_V1_FOREIGN_DATA, 0,
				 header->virtual_size_bytes);
	if (data)
		find_cut_short(image, data);
	return check_map(image, data, error);
}
