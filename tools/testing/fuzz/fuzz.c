// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the fuzz targets share.
 */
#include "fuzz.h"

static const struct fvd_layout_request disks[FUZZ_NR_DISKS] = {
	/* base and disk end in mid block, the last chunk is cut off */
	{
		.virtual_size_bytes = (1 << 20) + 512,
		.base_size_bytes = (1 << 19) + 1024,
		.block_size_bytes = 4096, .chunk_size_bytes = 65536,
		.compact = true,
	},
	{
		.virtual_size_bytes = 1 << 20, .base_size_bytes = 1 << 20,
		.block_size_bytes = 4096,
	},
	/* two pages of bitmap, several of table */
	{
		.virtual_size_bytes = 256 << 20, .base_size_bytes = 100 << 20,
		.block_size_bytes = 4096, .chunk_size_bytes = 65536,
		.compact = true,
	},
	/* one sector; chunk = block; no base */
	{
		.virtual_size_bytes = 512,
		.block_size_bytes = 4096, .chunk_size_bytes = 4096,
		.compact = true,
	},
	/* room to grow */
	{
		.virtual_size_bytes = 65536, .max_virtual_size_bytes = 1ULL << 30,
		.base_size_bytes = 4096 + 512,
		.block_size_bytes = 8192, .chunk_size_bytes = 32768,
		.compact = true,
	},
};

static void *must_calloc(size_t nr_bytes)
{
	void *memory = calloc(1, nr_bytes);

	assert(memory);
	return memory;
}

void fuzz_image_open(struct fuzz_image *image, unsigned int disk)
{
	struct fvd_geometry *geo = &image->map.geo;
	int r;

	memset(image, 0, sizeof(*image));
	r = fvd_layout_compute(&image->sb, &disks[disk % FUZZ_NR_DISKS], NULL);
	assert(!r);
	fvd_geometry_init(geo, &image->sb);
	image->map.bitmap = must_calloc(geo->nr_bitmap_pages << FVD_PAGE_SHIFT);
	image->dirty = must_calloc(8 * fvd_bitmap_words(fvd_geometry_nr_pages(geo)));
	if (!geo->nr_table_pages)
		return;
	image->map.table = must_calloc(geo->nr_table_pages << FVD_PAGE_SHIFT);
	memset(image->map.table, 0xff, geo->nr_table_pages << FVD_PAGE_SHIFT);
	image->capacity = geo->nr_chunks;
	image->used = must_calloc(8 * fvd_bitmap_words(image->capacity));
}

void fuzz_image_close(struct fuzz_image *image)
{
	free(image->map.bitmap);
	free(image->map.table);
	free(image->used);
	free(image->dirty);
}
