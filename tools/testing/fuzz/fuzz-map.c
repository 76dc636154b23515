// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages of bitmap and table with any content: check, count, look up.
 *
 * Input: a byte that picks the disk, 8 bytes for a place to look at, 2 bytes
 * with the length of the bitmap's part, then bytes of bitmap and table. Where
 * the input ends, the table goes on empty.
 */
#include "fuzz.h"

static void fill(struct fuzz_image *image, const u8 *data, size_t size)
{
	const struct fvd_geometry *geo = &image->map.geo;
	size_t nr_bitmap = geo->nr_bitmap_pages << FVD_PAGE_SHIFT;
	size_t nr_table = geo->nr_table_pages << FVD_PAGE_SHIFT;
	size_t split;

	if (size < 2)
		return;
	split = min_t(size_t, data[0] | data[1] << 8, size - 2);
	split = min(split, nr_bitmap);
	memcpy(image->map.bitmap, data + 2, split);
	if (image->map.table)
		memcpy(image->map.table, data + 2 + split,
		       min(nr_table, size - 2 - split));
}

/* Whatever the map holds, an answer has a length and stays within the disk. */
static void check_lookup(const struct fuzz_image *image, u64 sector, u64 nr,
			 bool sound)
{
	const struct fvd_geometry *geo = &image->map.geo;
	struct fvd_run run;
	u64 end;

	fvd_map_lookup(&image->map, sector, nr, &run);
	assert(run.nr_sectors && run.nr_sectors <= nr);
	if (run.where == FVD_IN_BASE)
		assert(sector + run.nr_sectors <= geo->base_sectors);
	if (run.where != FVD_IN_IMAGE || !sound)
		return;
	end = image->map.table ? image->capacity << (geo->chunk_shift - 9) :
				 geo->disk_sectors;
	assert(run.image_sector >= geo->data_start_sector);
	assert(run.image_sector + run.nr_sectors <= geo->data_start_sector + end);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fvd_error error = { "" };
	struct fuzz_image image;
	u64 place, sector, at, left;
	struct fvd_run run;
	int r;

	if (size < 9)
		return 0;
	fuzz_image_open(&image, data[0]);
	memcpy(&place, data + 1, sizeof(place));
	fill(&image, data + 9, size - 9);
	r = fvd_map_check(&image.map, image.capacity, image.used, &error);
	assert(!r == !error.text[0]);
	left = image.map.nr_base_blocks_left;
	fvd_map_count(&image.map);
	assert(r || image.map.nr_base_blocks_left == left);
	assert(image.map.nr_base_blocks_left <= image.map.geo.nr_base_blocks);
	sector = place % image.map.geo.disk_sectors;
	check_lookup(&image, sector,
		     1 + (place >> 40) % (image.map.geo.disk_sectors - sector), !r);
	/* Over the whole disk, run by run. */
	for (at = 0; at < image.map.geo.disk_sectors; at += run.nr_sectors) {
		check_lookup(&image, at, image.map.geo.disk_sectors - at, !r);
		fvd_map_lookup(&image.map, at, image.map.geo.disk_sectors - at, &run);
	}
	fuzz_image_close(&image);
	return 0;
}
