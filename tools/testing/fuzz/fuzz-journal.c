// SPDX-License-Identifier: GPL-2.0-only
/*
 * A journal block whose checksum is right, replayed.
 *
 * Input: a byte that picks the disk (bit 7: the rest is the whole block, else
 * what stands behind the header), a byte with the number of records, records.
 */
#include "fuzz.h"

#define SEED 1
#define HEADER_BYTES sizeof(struct fvd_journal_block_disk)

static void make_block(u8 *block, const u8 *data, size_t size)
{
	struct fvd_journal_block_disk *head = (void *)block;
	struct fvd_journal_writer writer;

	memset(block, 0, FVD_PAGE_BYTES);
	if (data[0] & 0x80) {
		memcpy(block, data + 2, min_t(size_t, size - 2, FVD_PAGE_BYTES));
		head->crc = cpu_to_le32(crc32c(SEED, block + 8, FVD_PAGE_BYTES - 8));
		return;
	}
	fvd_journal_begin(&writer, block);
	size = min_t(size_t, size - 2, FVD_PAGE_BYTES - HEADER_BYTES);
	memcpy(block + HEADER_BYTES, data + 2, size);
	writer.used_bytes += size;
	writer.nr_records = data[1];
	fvd_journal_finish(&writer, SEED, 2, 3);
	assert(fvd_journal_block_valid(block, SEED, 2, 3));
}

/* I-JRN-2: refused means untouched. */
static void check_untouched(const struct fuzz_image *image)
{
	const struct fvd_geometry *geo = &image->map.geo;
	u64 nr_bits = geo->nr_bitmap_pages << 15, chunk;

	assert(!fvd_bitmap_count(image->map.bitmap, 0, nr_bits));
	assert(!fvd_bitmap_count(image->dirty, 0, fvd_geometry_nr_pages(geo)));
	for (chunk = 0; chunk < geo->nr_chunks; chunk++)
		assert(fvd_map_entry(&image->map, chunk) == FVD_ENTRY_EMPTY);
}

/* I-JRN-1, and the bounds. */
static void check_applied(struct fuzz_image *image, const u8 *block)
{
	const struct fvd_geometry *geo = &image->map.geo;
	size_t nr_bytes = geo->nr_bitmap_pages << FVD_PAGE_SHIFT;
	void *before = malloc(nr_bytes);
	int r;

	assert(before);
	memcpy(before, image->map.bitmap, nr_bytes);
	r = fvd_journal_replay_block(block, &image->map, image->dirty, NULL);
	assert(!r);
	assert(!memcmp(before, image->map.bitmap, nr_bytes));
	free(before);
	assert(!fvd_bitmap_count(image->map.bitmap, geo->nr_blocks,
				 geo->nr_bitmap_pages << 15));
	fvd_map_count(&image->map);
	assert(image->map.nr_base_blocks_left <= geo->nr_base_blocks);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fvd_error error = { "" };
	struct fuzz_image image;
	u8 *block;
	int r;

	if (size < 2)
		return 0;
	/* Exactly a page, so that a step beyond shows. */
	block = malloc(FVD_PAGE_BYTES);
	assert(block);
	make_block(block, data, size);
	fuzz_image_open(&image, data[0] & 0x7f);
	r = fvd_journal_replay_block(block, &image.map, image.dirty, &error);
	assert(!r == !error.text[0]);
	if (r)
		check_untouched(&image);
	else
		check_applied(&image, block);
	fuzz_image_close(&image);
	free(block);
	return 0;
}
