// SPDX-License-Identifier: GPL-2.0-only
/*
 * An image of version 1 from hostile bytes: opened, loaded, looked up, dumped.
 *
 * Input: a byte of flags (1: all data in it, 2: compact, 4: clean, 8: a data
 * file, that is this file, 16: replay the journal of a clean image, 32: missing
 * is base, 64: the data's file is not at hand), 3 bytes with the length of the
 * file, ten fields of 8 bytes, and then patches: 3 bytes where, one byte how
 * many, the bytes. What is not patched is zero in the header and 0xff behind it.
 */
#include "fuzz.h"
#include "../../lib/fvd-v1-image.h"

#define FILE_MAX_BYTES	(160U << 10)
#define NR_FIELDS	10

static const u8 *take(const u8 **data, size_t *size, size_t nr)
{
	const u8 *at = *data;

	if (*size < nr)
		return NULL;
	*data += nr;
	*size -= nr;
	return at;
}

static void put_fields(struct fvd_v1_header_disk *disk, u8 flags,
		       const u8 *fields)
{
	void *to[NR_FIELDS] = {
		&disk->virtual_disk_size, &disk->metadata_size,
		&disk->base_img_size, &disk->bitmap_offset,
		&disk->bitmap_size, &disk->block_size, &disk->table_offset,
		&disk->chunk_size, &disk->journal_offset, &disk->journal_size,
	};
	unsigned int i;

	memset(disk, 0, sizeof(*disk));
	disk->magic = cpu_to_le32(FVD_V1_MAGIC);
	disk->version = cpu_to_le32(FVD_V1_VERSION);
	disk->all_data_in_fvd_img = cpu_to_le32(flags & 1);
	disk->compact_image = cpu_to_le32(flags >> 1 & 1);
	disk->clean_shutdown = cpu_to_le32(flags >> 2 & 1);
	if (flags & 8)
		memcpy(disk->data_file, "data", 4);
	for (i = 0; i < NR_FIELDS; i++)
		memcpy(to[i], fields + 8 * i, to[i] == &disk->block_size ? 4 : 8);
}

static void patch(u8 *file, size_t nr_bytes, const u8 *data, size_t size)
{
	const u8 *head, *bytes;
	size_t at, nr;

	while ((head = take(&data, &size, 4))) {
		at = head[0] | head[1] << 8 | head[2] << 16;
		nr = head[3];
		bytes = take(&data, &size, min(nr, size));
		nr = data - bytes;
		if (!nr_bytes)
			continue;
		at %= nr_bytes;
		memcpy(file + at, bytes, min(nr, nr_bytes - at));
	}
}

/* I-V1M-2, and that every run has a length. */
static void check_lookups(const struct fvd_v1_image *image, u64 file_bytes)
{
	const struct fvd_v1_header *header = &image->header;
	u64 end = header->virtual_size_bytes >> FVD_SECTOR_SHIFT, sector;
	struct fvd_run run;

	for (sector = 0; sector < end; sector += run.nr_sectors) {
		fvd_v1_map_lookup(&image->map, sector, end - sector, &run);
		assert(run.nr_sectors && run.nr_sectors <= end - sector);
		if (run.where == FVD_IN_BASE)
			assert(sector + run.nr_sectors <=
			       header->covered_sectors);
		if (run.where == FVD_IN_IMAGE && header->compact)
			assert((run.image_sector + run.nr_sectors) <<
			       FVD_SECTOR_SHIFT <= file_bytes);
	}
}

static void count_found(void *context, enum fvd_v1_finding finding,
			u64 offset_bytes, u64 nr_bytes)
{
	(void)offset_bytes;
	assert(finding < FVD_V1_NR_FINDINGS && nr_bytes);
	*(u32 *)context |= 1U << finding;
}

static void try_image(struct fvd_device *dev, u8 flags)
{
	u32 accepted = (flags & 16 ? FVD_V1_ACCEPT_JOURNAL_REPLAY : 0) |
		(flags & 32 ? FVD_V1_ACCEPT_MISSING_AS_BASE : 0);
	struct fvd_error error = { "" };
	struct fvd_v1_image image;
	u32 found = 0;
	int r;

	r = fvd_v1_image_open(&image, dev, &error);
	if (!r)
		r = fvd_v1_image_load(&image, flags & 64 ? NULL : dev, accepted,
				      count_found, &found, &error);
	assert(!r == !error.text[0]);
	assert(r || found == image.map.findings);
	if (!r && !(flags & 64))
		check_lookups(&image, dev->size_bytes);
	fvd_v1_image_close(&image);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	const u8 *head = take(&data, &size, 4);
	const u8 *fields = take(&data, &size, 8 * NR_FIELDS);
	struct fvd_v1_header_disk header;
	struct fvd_device dev;
	size_t nr_bytes;
	FILE *out;
	u8 *file;
	int r;

	if (!head || !fields)
		return 0;
	/* Exactly as long, so that a step beyond shows. */
	nr_bytes = (head[1] | head[2] << 8 | head[3] << 16) % FILE_MAX_BYTES;
	file = malloc(nr_bytes ?: 1);
	assert(file);
	memset(file, 0xff, nr_bytes);
	put_fields(&header, head[0], fields);
	memcpy(file, &header, min(nr_bytes, sizeof(header)));
	patch(file, nr_bytes, data, size);
	fvd_device_memory(&dev, file, nr_bytes);
	try_image(&dev, head[0]);
	out = fopen("/dev/null", "w");
	assert(out);
	r = fvd_v1_dump(&dev, out, NULL);
	assert(r <= 0);
	fclose(out);
	free(file);
	return 0;
}
