// SPDX-License-Identifier: GPL-2.0-only
/*
 * A small open image and a model of it.
 */
#include "fvd_test_map.h"

static void allocate(struct kunit *test, struct fvd_test_image *image)
{
	struct fvd_geometry *geo = &image->map.geo;
	u64 nr_entries;

	fvd_geometry_init(geo, image->sb);
	nr_entries = geo->nr_table_pages << (FVD_PAGE_SHIFT - 2);
	image->map.bitmap = fvd_test_zalloc(test, geo->nr_bitmap_pages <<
						  FVD_PAGE_SHIFT);
	image->present = fvd_test_zalloc(test, geo->nr_blocks);
	if (!geo->nr_table_pages)
		return;
	image->map.table = fvd_test_zalloc(test, nr_entries * sizeof(__le32));
	image->entry = fvd_test_zalloc(test, geo->nr_chunks * sizeof(u32));
	memset(image->map.table, 0xff, nr_entries * sizeof(__le32));
	memset(image->entry, 0xff, geo->nr_chunks * sizeof(u32));
	/* Fewer than the disk has, so that they run out. */
	image->capacity = (geo->nr_chunks + 1) * 3 / 4;
	image->used = fvd_test_zalloc(test, fvd_bitmap_words(image->capacity) *
					    sizeof(__le64));
}

struct fvd_test_image *
fvd_test_image(struct kunit *test, const struct fvd_layout_request *request)
{
	struct fvd_test_image *image = fvd_test_zalloc(test, sizeof(*image));
	struct fvd_error error = { "" };
	int r;

	image->sb = fvd_test_zalloc(test, sizeof(*image->sb));
	r = fvd_layout_compute(image->sb, request, &error);
	KUNIT_ASSERT_EQ_MSG(test, r, 0, "%s", error.text);
	allocate(test, image);
	fvd_map_count(&image->map);
	return image;
}

struct fvd_test_image *fvd_test_image_random(struct kunit *test,
					     struct fvd_random *random)
{
	struct fvd_layout_request request = { 0 };
	u64 nr_sectors = 1 + fvd_random_below(random, 1ULL <<
					      (3 + fvd_random_below(random, 15)));

	request.block_size_bytes = 4096ULL << fvd_random_below(random, 3);
	if (fvd_random_chance(random, 2))
		nr_sectors = round_up(nr_sectors,
				      request.block_size_bytes / 512);
	request.virtual_size_bytes = nr_sectors * 512;
	if (fvd_random_chance(random, 4))
		request.max_virtual_size_bytes = nr_sectors * 1024;
	if (!fvd_random_chance(random, 6))
		request.base_size_bytes =
			512 * (1 + fvd_random_below(random, nr_sectors));
	if (fvd_random_chance(random, 3))
		request.base_size_bytes &= ~(request.block_size_bytes - 1);
	request.compact = !fvd_random_chance(random, 3);
	if (request.compact)
		request.chunk_size_bytes = request.block_size_bytes <<
			fvd_random_below(random, 8);
	return fvd_test_image(test, &request);
}

struct fvd_test_image *fvd_test_image_clone(struct kunit *test,
					    const struct fvd_test_image *from)
{
	struct fvd_test_image *image = fvd_test_zalloc(test, sizeof(*image));
	const struct fvd_geometry *geo = &from->map.geo;

	image->sb = from->sb;
	allocate(test, image);
	memcpy(image->map.bitmap, from->map.bitmap,
	       geo->nr_bitmap_pages << FVD_PAGE_SHIFT);
	memcpy(image->present, from->present, geo->nr_blocks);
	if (from->map.table) {
		memcpy(image->map.table, from->map.table,
		       geo->nr_table_pages << FVD_PAGE_SHIFT);
		memcpy(image->entry, from->entry,
		       geo->nr_chunks * sizeof(u32));
	}
	image->map.nr_base_blocks_left = from->map.nr_base_blocks_left;
	return image;
}

enum fvd_where fvd_test_where(const struct fvd_test_image *image, u64 sector,
			      u64 *image_sector)
{
	const struct fvd_superblock *sb = image->sb;
	u64 block = sector / (sb->block_size_bytes / 512);
	u64 chunk_sectors = sb->chunk_size_bytes / 512;
	u32 entry = 0;

	*image_sector = sb->data_offset_bytes / 512;
	if (fvd_test_is_compact(image)) {
		entry = image->entry[sector / chunk_sectors];
		*image_sector += entry * chunk_sectors + sector % chunk_sectors;
		if (entry == FVD_ENTRY_ZERO)
			return FVD_IS_ZERO;
	} else {
		*image_sector += sector;
	}
	if (image->present[block])
		return FVD_IN_IMAGE;
	return sector < sb->base_size_bytes / 512 ? FVD_IN_BASE : FVD_IS_ZERO;
}

u64 fvd_test_left(const struct fvd_test_image *image)
{
	u64 block_sectors = fvd_test_block_sectors(image);
	u64 block, image_sector, nr = 0;

	for (block = 0; block < image->map.geo.nr_blocks; block++)
		nr += fvd_test_where(image, block * block_sectors,
				     &image_sector) == FVD_IN_BASE;
	return nr;
}

void fvd_test_expect_sound(struct kunit *test, struct fvd_test_image *image)
{
	struct fvd_error error = { "" };
	u64 left;
	int r;

	if (image->used)
		memset(image->used, 0, fvd_bitmap_words(image->capacity) *
				       sizeof(__le64));
	r = fvd_map_check(&image->map, image->capacity, image->used, &error);
	KUNIT_ASSERT_EQ_MSG(test, r, 0, "%s", error.text);
	/* Two ways to count. */
	left = image->map.nr_base_blocks_left;
	fvd_map_count(&image->map);
	KUNIT_ASSERT_EQ(test, image->map.nr_base_blocks_left, left);
}

void fvd_test_expect_same(struct kunit *test, struct fvd_test_image *image)
{
	const struct fvd_geometry *geo = &image->map.geo;
	u64 i;

	for (i = 0; i < geo->nr_blocks; i++)
		KUNIT_ASSERT_EQ_MSG(test, fvd_bitmap_test(image->map.bitmap, i),
				    image->present[i], "block %llu",
				    (unsigned long long)i);
	for (i = 0; i < geo->nr_chunks; i++)
		KUNIT_ASSERT_EQ_MSG(test, fvd_map_entry(&image->map, i),
				    image->entry[i], "chunk %llu",
				    (unsigned long long)i);
	/* I-MAP-3 */
	KUNIT_ASSERT_EQ(test, image->map.nr_base_blocks_left,
			fvd_test_left(image));
	fvd_test_expect_sound(test, image);
}

s64 fvd_test_free_number(const struct fvd_test_image *image,
			 struct fvd_random *random)
{
	u64 start = fvd_random_below(random, image->capacity), i, chunk;
	u32 number;

	for (i = 0; i < image->capacity; i++) {
		number = (start + i) % image->capacity;
		for (chunk = 0; chunk < image->map.geo.nr_chunks; chunk++)
			if (image->entry[chunk] == number)
				break;
		if (chunk == image->map.geo.nr_chunks)
			return number;
	}
	return -1;
}

void fvd_test_set_blocks(struct fvd_test_image *image, u64 first, u64 end)
{
	if (end - first == 1)
		fvd_map_set_block(&image->map, first);
	else
		fvd_map_set_blocks(&image->map, first, end);
	for (; first < end; first++)
		image->present[first] = true;
}

void fvd_test_set_entry(struct fvd_test_image *image, u64 chunk, u32 number)
{
	fvd_map_set_entry(&image->map, chunk, number);
	image->entry[chunk] = number;
}

void fvd_test_fill_zero_chunk(struct fvd_test_image *image, u64 chunk,
			      u32 number, u64 first, u64 end)
{
	fvd_map_fill_zero_chunk(&image->map, chunk, number, first, end);
	image->entry[chunk] = number;
	for (; first < end; first++)
		image->present[first] = true;
}

static u64 chunk_end(const struct fvd_test_image *image, u64 chunk, u64 *first)
{
	u64 blocks = image->sb->chunk_size_bytes / image->sb->block_size_bytes;

	*first = chunk * blocks;
	return min(*first + blocks, image->map.geo.nr_blocks);
}

void fvd_test_reset_chunk(struct kunit *test, struct fvd_test_image *image,
			  u64 chunk, u32 value)
{
	u32 old = fvd_map_reset_chunk(&image->map, chunk, value);
	u64 first, end;

	KUNIT_ASSERT_EQ(test, old, image->entry[chunk]);
	image->entry[chunk] = value;
	end = chunk_end(image, chunk, &first);
	for (; first < end; first++)
		image->present[first] = false;
}

/* Some blocks of [low, high), at least one. */
static void pick_blocks(struct fvd_random *random, u64 low, u64 high,
			struct fvd_test_change *change)
{
	change->first = low + fvd_random_below(random, high - low);
	change->end = change->first + 1 +
		fvd_random_below(random, high - change->first);
}

static void write_to_chunk(struct fvd_test_image *image,
			   struct fvd_random *random,
			   struct fvd_test_change *change)
{
	u32 entry = image->entry[change->chunk];
	u64 low, high = chunk_end(image, change->chunk, &low);
	s64 number = 0;

	pick_blocks(random, low, high, change);
	if (entry >= FVD_ENTRY_LIMIT)
		number = fvd_test_free_number(image, random);
	if (number < 0)
		return;
	if (entry == FVD_ENTRY_ZERO) {
		/* All that would show the base, and what is written. */
		if (low < image->map.geo.nr_base_blocks) {
			change->first = low;
			change->end = max(change->end,
					  min(high, image->map.geo.nr_base_blocks));
		}
		fvd_test_fill_zero_chunk(image, change->chunk, number,
					 change->first, change->end);
		change->kind = FVD_TEST_ZERO_FILLED;
		return;
	}
	change->kind = FVD_TEST_BLOCKS;
	if (entry == FVD_ENTRY_EMPTY) {
		fvd_test_set_entry(image, change->chunk, number);
		change->kind = FVD_TEST_ENTRY_AND_BLOCKS;
	}
	fvd_test_set_blocks(image, change->first, change->end);
}

void fvd_test_random_change(struct kunit *test, struct fvd_test_image *image,
			    struct fvd_random *random,
			    struct fvd_test_change *change)
{
	const struct fvd_geometry *geo = &image->map.geo;

	memset(change, 0, sizeof(*change));
	if (!fvd_test_is_compact(image)) {
		pick_blocks(random, 0, geo->nr_blocks, change);
		/* Short ones, or the disk is full at once. */
		change->end = min(change->end, change->first + 20);
		fvd_test_set_blocks(image, change->first, change->end);
		change->kind = FVD_TEST_BLOCKS;
		return;
	}
	change->chunk = fvd_random_below(random, geo->nr_chunks);
	if (!fvd_random_chance(random, 3)) {
		write_to_chunk(image, random, change);
		return;
	}
	change->value = FVD_ENTRY_ZERO;
	if (change->chunk * image->sb->chunk_size_bytes >=
	    image->sb->base_size_bytes && fvd_random_chance(random, 2))
		change->value = FVD_ENTRY_EMPTY;
	fvd_test_reset_chunk(test, image, change->chunk, change->value);
	change->kind = FVD_TEST_RESET;
}
