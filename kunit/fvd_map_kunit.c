// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lookups and changes of the map against the model.
 */
#include "fvd_test_map.h"
#include "../dm-fvd/fvd-census.h"

#define KIB 1024ULL
#define NR_IMAGES 40

/* The longest run that the model knows, clipped to @nr_sectors. */
static void model_lookup(const struct fvd_test_image *image, u64 sector,
			 u64 nr_sectors, struct fvd_run *run)
{
	u64 i, at;

	run->where = fvd_test_where(image, sector, &run->image_sector);
	for (i = 1; i < nr_sectors; i++)
		if (fvd_test_where(image, sector + i, &at) != run->where ||
		    (run->where == FVD_IN_IMAGE && at != run->image_sector + i))
			break;
	run->nr_sectors = i;
}

/* It finds all that is in the image, in one chunk and one word, and no more. */
static void expect_find(struct kunit *test, const struct fvd_test_image *image,
			u64 sector, u64 nr_sectors, const struct fvd_run *want)
{
	const struct fvd_geometry *geo = &image->map.geo;
	u64 last = sector + nr_sectors - 1, at;
	unsigned int word_shift = geo->block_shift - FVD_SECTOR_SHIFT + 6;
	bool small = sector >> word_shift == last >> word_shift;

	if (image->map.table)
		small = small && sector >> (geo->chunk_shift - FVD_SECTOR_SHIFT) ==
			last >> (geo->chunk_shift - FVD_SECTOR_SHIFT);
	KUNIT_ASSERT_EQ_MSG(test,
			    fvd_map_find_in_image(&image->map, sector,
						  nr_sectors, &at),
			    small && want->where == FVD_IN_IMAGE &&
			    want->nr_sectors == nr_sectors,
			    "sector %llu + %llu", (unsigned long long)sector,
			    (unsigned long long)nr_sectors);
	if (small && want->where == FVD_IN_IMAGE &&
	    want->nr_sectors == nr_sectors)
		KUNIT_ASSERT_EQ(test, at, want->image_sector);
}

static void expect_lookup(struct kunit *test, const struct fvd_test_image *image,
			  u64 sector, u64 nr_sectors)
{
	struct fvd_run run, want;

	fvd_map_lookup(&image->map, sector, nr_sectors, &run);
	model_lookup(image, sector, nr_sectors, &want);
	KUNIT_ASSERT_EQ_MSG(test, run.where, want.where, "sector %llu + %llu",
			    (unsigned long long)sector,
			    (unsigned long long)nr_sectors);
	KUNIT_ASSERT_EQ_MSG(test, run.nr_sectors, want.nr_sectors,
			    "sector %llu + %llu", (unsigned long long)sector,
			    (unsigned long long)nr_sectors);
	if (run.where == FVD_IN_IMAGE)
		KUNIT_ASSERT_EQ(test, run.image_sector, want.image_sector);
	expect_find(test, image, sector, nr_sectors, &want);
}

/* Few blocks, or many. */
static void random_lookup(struct kunit *test, const struct fvd_test_image *image,
			  struct fvd_random *random)
{
	u64 nr_disk = image->map.geo.disk_sectors;
	u64 sector = fvd_random_below(random, nr_disk);
	u64 most = fvd_random_below(random, 2) ? 4096 : 40;
	u64 nr = 1 + fvd_random_below(random, min_t(u64, nr_disk - sector, most));

	expect_lookup(test, image, sector, nr);
}

/* The heart of it; I-MAP-3 is in fvd_test_expect_same(). */
static void random_life_agrees_with_the_model(struct kunit *test)
{
	struct fvd_test_change change;
	struct fvd_test_image *image;
	struct fvd_random random;
	unsigned int i, round;

	fvd_random_start(test, &random);
	for (i = 0; i < NR_IMAGES; i++) {
		image = fvd_test_image_random(test, &random);
		for (round = 0; round < 60; round++) {
			fvd_test_random_change(test, image, &random, &change);
			random_lookup(test, image, &random);
			random_lookup(test, image, &random);
		}
		fvd_test_expect_same(test, image);
		fvd_map_count(&image->map);
		fvd_test_expect_same(test, image);
	}
}

/* I-MAP-3 after every single change. */
static void blocks_left_are_right_after_each_change(struct kunit *test)
{
	struct fvd_test_change change;
	struct fvd_test_image *image;
	struct fvd_random random;
	unsigned int i, round;

	fvd_random_start(test, &random);
	for (i = 0; i < 10; i++) {
		image = fvd_test_image_random(test, &random);
		for (round = 0; round < 50; round++) {
			fvd_test_random_change(test, image, &random, &change);
			KUNIT_ASSERT_EQ(test, image->map.nr_base_blocks_left,
					fvd_test_left(image));
		}
	}
}

/* 512 KiB disk, base 200.5 KiB: its end lies in mid block 50. */
static struct fvd_test_image *small_image(struct kunit *test, bool compact)
{
	const struct fvd_layout_request request = {
		.virtual_size_bytes = 512 * KIB,
		.base_size_bytes = 200 * KIB + 512,
		.block_size_bytes = 4 * KIB,
		.chunk_size_bytes = compact ? 64 * KIB : 0,
		.compact = compact,
	};

	return fvd_test_image(test, &request);
}

static void new_image_shows_base_then_zeros(struct kunit *test)
{
	struct fvd_run run;
	int compact;

	for (compact = 0; compact < 2; compact++) {
		struct fvd_test_image *image = small_image(test, compact);

		fvd_map_lookup(&image->map, 0, 1024, &run);
		KUNIT_EXPECT_EQ(test, run.where, FVD_IN_BASE);
		KUNIT_EXPECT_EQ(test, run.nr_sectors, 401);
		fvd_map_lookup(&image->map, 401, 1024 - 401, &run);
		KUNIT_EXPECT_EQ(test, run.where, FVD_IS_ZERO);
		KUNIT_EXPECT_EQ(test, run.nr_sectors, 1024 - 401);
		KUNIT_EXPECT_EQ(test, image->map.nr_base_blocks_left, 51);
	}
}

static void block_at_the_base_end_counts_as_one(struct kunit *test)
{
	struct fvd_test_image *image = small_image(test, false);

	fvd_test_set_blocks(image, 50, 52);
	KUNIT_EXPECT_EQ(test, image->map.nr_base_blocks_left, 50);
	fvd_test_set_blocks(image, 50, 51);
	KUNIT_EXPECT_EQ(test, image->map.nr_base_blocks_left, 50);
	expect_lookup(test, image, 399, 20);
	expect_lookup(test, image, 400, 20);
	expect_lookup(test, image, 401, 20);
}

static void chunks_in_a_row_are_one_run(struct kunit *test)
{
	struct fvd_test_image *image = small_image(test, true);
	struct fvd_run run;

	fvd_test_set_entry(image, 2, 0);
	fvd_test_set_entry(image, 3, 1);
	fvd_test_set_entry(image, 4, 3);
	fvd_test_set_blocks(image, 32, 80);
	fvd_map_lookup(&image->map, 260, 500, &run);
	KUNIT_EXPECT_EQ(test, run.where, FVD_IN_IMAGE);
	KUNIT_EXPECT_EQ(test, run.nr_sectors, 2 * 128 - 4);
	KUNIT_EXPECT_EQ(test, run.image_sector,
			image->map.geo.data_start_sector + 4);
	fvd_map_lookup(&image->map, 512, 500, &run);
	KUNIT_EXPECT_EQ(test, run.nr_sectors, 128);
	KUNIT_EXPECT_EQ(test, run.image_sector,
			image->map.geo.data_start_sector + 3 * 128);
}

static void run_ends_where_a_block_is_missing(struct kunit *test)
{
	struct fvd_test_image *image = small_image(test, true);
	struct fvd_run run;

	fvd_test_set_entry(image, 0, 0);
	fvd_test_set_entry(image, 1, 1);
	fvd_test_set_blocks(image, 0, 15);
	fvd_test_set_blocks(image, 16, 32);
	fvd_map_lookup(&image->map, 0, 256, &run);
	KUNIT_EXPECT_EQ(test, run.nr_sectors, 15 * 8);
	fvd_map_lookup(&image->map, 120, 256, &run);
	KUNIT_EXPECT_EQ(test, run.where, FVD_IN_BASE);
	KUNIT_EXPECT_EQ(test, run.nr_sectors, 8);
}

static void zero_chunk_hides_the_base(struct kunit *test)
{
	struct fvd_test_image *image = small_image(test, true);
	struct fvd_run run;

	fvd_test_reset_chunk(test, image, 1, FVD_ENTRY_ZERO);
	fvd_map_lookup(&image->map, 130, 1000, &run);
	KUNIT_EXPECT_EQ(test, run.where, FVD_IS_ZERO);
	KUNIT_EXPECT_EQ(test, run.nr_sectors, 126);
	KUNIT_EXPECT_EQ(test, image->map.nr_base_blocks_left, 51 - 16);
	fvd_test_fill_zero_chunk(image, 1, 5, 16, 32);
	expect_lookup(test, image, 130, 800);
	KUNIT_EXPECT_EQ(test, image->map.nr_base_blocks_left, 51 - 16);
	KUNIT_EXPECT_EQ(test, image->map.change_seq, 4);
}

static void reset_tells_what_storage_became_free(struct kunit *test)
{
	struct fvd_test_image *image = small_image(test, true);
	struct fvd_map *map = &image->map;

	KUNIT_EXPECT_EQ(test, fvd_map_reset_chunk(map, 1, FVD_ENTRY_ZERO),
			FVD_ENTRY_EMPTY);
	KUNIT_EXPECT_EQ(test, fvd_map_reset_chunk(map, 1, FVD_ENTRY_ZERO),
			FVD_ENTRY_ZERO);
	fvd_map_set_entry(map, 2, 7);
	KUNIT_EXPECT_EQ(test, fvd_map_reset_chunk(map, 2, FVD_ENTRY_ZERO), 7);
}

static void last_chunk_may_be_cut_off(struct kunit *test)
{
	const struct fvd_layout_request request = {
		.virtual_size_bytes = 64 * KIB + 4 * KIB + 512,
		.base_size_bytes = 64 * KIB + 4 * KIB + 512,
		.block_size_bytes = 4 * KIB,
		.chunk_size_bytes = 64 * KIB,
		.compact = true,
	};
	struct fvd_test_image *image = fvd_test_image(test, &request);
	u64 first;

	KUNIT_EXPECT_EQ(test, fvd_map_chunk_blocks(&image->map, 1, &first), 18);
	KUNIT_EXPECT_EQ(test, first, 16);
	KUNIT_EXPECT_EQ(test, image->map.nr_base_blocks_left, 18);
	fvd_test_reset_chunk(test, image, 1, FVD_ENTRY_ZERO);
	KUNIT_EXPECT_EQ(test, image->map.nr_base_blocks_left, 16);
	fvd_test_fill_zero_chunk(image, 1, 0, 16, 18);
	fvd_test_expect_same(test, image);
	expect_lookup(test, image, 128, 9);
}

static void chunk_over_the_base_is_one_that_starts_below_its_end(struct kunit *test)
{
	struct fvd_test_image *image = small_image(test, true);

	KUNIT_EXPECT_TRUE(test, fvd_map_chunk_has_base(&image->map, 0));
	KUNIT_EXPECT_TRUE(test, fvd_map_chunk_has_base(&image->map, 3));
	KUNIT_EXPECT_FALSE(test, fvd_map_chunk_has_base(&image->map, 4));
}

static void units_convert(struct kunit *test)
{
	struct fvd_test_image *image = small_image(test, true);
	struct fvd_map *map = &image->map;

	KUNIT_EXPECT_EQ(test, fvd_map_block(map, 15), 1);
	KUNIT_EXPECT_EQ(test, fvd_map_block_sector(map, 2), 16);
	KUNIT_EXPECT_EQ(test, fvd_map_chunk_of_block(map, 31), 1);
	KUNIT_EXPECT_EQ(test, fvd_map_page_of_block(32767), 0);
	KUNIT_EXPECT_EQ(test, fvd_map_page_of_block(32768), 1);
	KUNIT_EXPECT_EQ(test, fvd_map_page_of_chunk(map, 1023), 1);
	KUNIT_EXPECT_EQ(test, fvd_map_page_of_chunk(map, 1024), 2);
	KUNIT_EXPECT_PTR_EQ(test, fvd_map_page(map, 0), map->bitmap);
	KUNIT_EXPECT_PTR_EQ(test, fvd_map_page(map, 1), map->table);
}

/* fvd_map_check(): I-MAP-2 and the bounds. */
static void expect_unsound(struct kunit *test, struct fvd_test_image *image,
			   const char *word)
{
	struct fvd_error error = { "" };

	if (image->used)
		memset(image->used, 0, fvd_bitmap_words(image->capacity) * 8);
	KUNIT_EXPECT_EQ(test, fvd_map_check(&image->map, image->capacity,
					    image->used, &error), -EBADMSG);
	KUNIT_EXPECT_TRUE_MSG(test, strstr(error.text, word),
			      "\"%s\" has no \"%s\"", error.text, word);
}

static void bit_behind_the_disk_is_refused(struct kunit *test)
{
	struct fvd_test_image *image = small_image(test, false);

	fvd_bitmap_fill(image->map.bitmap, 127, 128, true);
	fvd_test_expect_sound(test, image);
	fvd_bitmap_fill(image->map.bitmap, 128, 129, true);
	expect_unsound(test, image, "bit 128 ");
	fvd_bitmap_fill(image->map.bitmap, 128, 129, false);
	fvd_bitmap_fill(image->map.bitmap, 32767, 32768, true);
	expect_unsound(test, image, "bit 32767 ");
}

static void bit_without_storage_is_refused(struct kunit *test)
{
	struct fvd_test_image *image = small_image(test, true);

	fvd_bitmap_fill(image->map.bitmap, 31, 32, true);
	expect_unsound(test, image, "block 31 ");
	fvd_map_set_entry(&image->map, 1, FVD_ENTRY_ZERO);
	expect_unsound(test, image, "block 31 ");
	fvd_map_set_entry(&image->map, 1, 0);
	fvd_test_expect_sound(test, image);
	KUNIT_EXPECT_TRUE(test, fvd_bitmap_test(image->used, 0));
}

static void storage_behind_the_device_is_refused(struct kunit *test)
{
	struct fvd_test_image *image = small_image(test, true);

	fvd_map_set_entry(&image->map, 3, image->capacity - 1);
	fvd_test_expect_sound(test, image);
	fvd_map_set_entry(&image->map, 3, image->capacity);
	expect_unsound(test, image, "chunk 3 is stored at 6, expected below 6");
	fvd_map_set_entry(&image->map, 3, FVD_ENTRY_LIMIT - 1);
	expect_unsound(test, image, "expected below 6");
}

static void storage_used_twice_is_refused(struct kunit *test)
{
	struct fvd_test_image *image = small_image(test, true);

	fvd_map_set_entry(&image->map, 0, 2);
	fvd_map_set_entry(&image->map, 7, 2);
	expect_unsound(test, image, "storage 2 of chunk 7 is used twice");
}

static void reserved_entry_is_refused(struct kunit *test)
{
	struct fvd_test_image *image = small_image(test, true);

	fvd_map_set_entry(&image->map, 2, FVD_ENTRY_LIMIT);
	expect_unsound(test, image, "entry of chunk 2 is ffffff00");
	fvd_map_set_entry(&image->map, 2, 0xFFFFFFFD);
	expect_unsound(test, image, "entry of chunk 2 is fffffffd");
}

static void entry_behind_the_disk_is_refused(struct kunit *test)
{
	struct fvd_test_image *image = small_image(test, true);

	fvd_map_set_entry(&image->map, 8, FVD_ENTRY_ZERO);
	expect_unsound(test, image, "table entry 8 is fffffffe");
	fvd_map_set_entry(&image->map, 8, FVD_ENTRY_EMPTY);
	fvd_map_set_entry(&image->map, 1023, 0);
	expect_unsound(test, image, "table entry 1023 is 00000000");
}

/* Empty chunks are looked at in groups. */
static void one_chunk_among_many_empty_ones_is_noticed(struct kunit *test)
{
	const struct fvd_layout_request request = {
		.virtual_size_bytes = 75 << 16,
		.base_size_bytes = 75 << 16,
		.block_size_bytes = 4096,
		.chunk_size_bytes = 1 << 16,
		.compact = true,
	};
	struct fvd_test_image *image = fvd_test_image(test, &request);
	char word[32];
	u64 chunk;

	for (chunk = 0; chunk < 75; chunk++) {
		fvd_map_set_entry(&image->map, chunk, FVD_ENTRY_ZERO);
		fvd_map_count(&image->map);
		KUNIT_ASSERT_EQ(test, image->map.nr_base_blocks_left, 74 * 16);
		fvd_map_set_entry(&image->map, chunk, FVD_ENTRY_LIMIT);
		snprintf(word, sizeof(word), "chunk %u is ffffff00",
			 (unsigned int)chunk);
		expect_unsound(test, image, word);
		fvd_map_set_entry(&image->map, chunk, FVD_ENTRY_EMPTY);
		fvd_bitmap_fill(image->map.bitmap, chunk * 16 + 5,
				chunk * 16 + 6, true);
		expect_unsound(test, image, "has no storage");
		fvd_bitmap_fill(image->map.bitmap, chunk * 16 + 5,
				chunk * 16 + 6, false);
	}
	fvd_test_expect_sound(test, image);
}

static void expect_census(struct kunit *test, const struct fvd_test_image *image,
			  u64 first, u64 end)
{
	u64 nr[3] = { 0 }, block, at;
	struct fvd_census census;

	for (block = first; block < end; block++)
		nr[fvd_test_where(image, fvd_map_block_sector(&image->map, block),
				  &at)]++;
	fvd_census_take(&image->map, first, end, &census);
	KUNIT_EXPECT_EQ(test, census.nr_local, nr[FVD_IN_IMAGE]);
	KUNIT_EXPECT_EQ(test, census.nr_base, nr[FVD_IN_BASE]);
	KUNIT_EXPECT_EQ(test, census.nr_zero, nr[FVD_IS_ZERO]);
}

static void census_agrees_with_the_model(struct kunit *test)
{
	struct fvd_test_change change;
	struct fvd_test_image *image;
	struct fvd_random random;
	unsigned int i, round;
	u64 first, nr;

	fvd_random_start(test, &random);
	for (i = 0; i < NR_IMAGES; i++) {
		image = fvd_test_image_random(test, &random);
		nr = image->map.geo.nr_blocks;
		for (round = 0; round < 20; round++) {
			fvd_test_random_change(test, image, &random, &change);
			first = fvd_random_below(&random, nr);
			expect_census(test, image, first, first +
				      fvd_random_below(&random, nr - first + 1));
		}
		expect_census(test, image, 0, nr);
	}
}

static void census_without_a_bitmap_is_all_local(struct kunit *test)
{
	struct fvd_census census;
	struct fvd_map map = { .geo.nr_blocks = 100, .geo.nr_base_blocks = 50 };

	fvd_census_take(&map, 10, 90, &census);
	KUNIT_EXPECT_EQ(test, census.nr_local, 80);
	KUNIT_EXPECT_EQ(test, census.nr_base, 0);
	KUNIT_EXPECT_EQ(test, census.nr_zero, 0);
}

static struct kunit_case fvd_map_cases[] = {
	FVD_CASE(random_life_agrees_with_the_model, "I-MAP-3"),
	FVD_CASE(blocks_left_are_right_after_each_change, "I-MAP-3"),
	KUNIT_CASE(new_image_shows_base_then_zeros),
	KUNIT_CASE(block_at_the_base_end_counts_as_one),
	KUNIT_CASE(chunks_in_a_row_are_one_run),
	KUNIT_CASE(run_ends_where_a_block_is_missing),
	FVD_CASE(zero_chunk_hides_the_base, "I-MAP-4"),
	KUNIT_CASE(reset_tells_what_storage_became_free),
	KUNIT_CASE(last_chunk_may_be_cut_off),
	KUNIT_CASE(chunk_over_the_base_is_one_that_starts_below_its_end),
	KUNIT_CASE(units_convert),
	KUNIT_CASE(one_chunk_among_many_empty_ones_is_noticed),
	KUNIT_CASE(bit_behind_the_disk_is_refused),
	FVD_CASE(bit_without_storage_is_refused, "I-MAP-2"),
	KUNIT_CASE(storage_behind_the_device_is_refused),
	KUNIT_CASE(storage_used_twice_is_refused),
	KUNIT_CASE(reserved_entry_is_refused),
	KUNIT_CASE(entry_behind_the_disk_is_refused),
	KUNIT_CASE(census_agrees_with_the_model),
	KUNIT_CASE(census_without_a_bitmap_is_all_local),
	{}
};

static struct kunit_suite fvd_map_suite = {
	.name = "fvd_map",
	.test_cases = fvd_map_cases,
};

kunit_test_suite(fvd_map_suite);
