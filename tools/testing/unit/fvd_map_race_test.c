// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a lock-free lookup says when the map changes in its midst.
 *
 * Real races are rare; so this file compiles the map a second time, with a
 * call in the place where another processor may come between: before each
 * search in the bitmap. User space only.
 */
#include "../../../dm-fvd/fvd-bitmap.h"
#include "../../../dm-fvd/fvd-map.h"

static void (*between)(struct fvd_map *map);
static struct fvd_map *between_map;

static u64 find_after_change(const __le64 *words, u64 start, u64 end, bool value)
{
	void (*change)(struct fvd_map *map) = between;

	between = NULL;
	if (change)
		change(between_map);
	return fvd_bitmap_find(words, start, end, value);
}

#define fvd_bitmap_find		find_after_change
#define fvd_map_lookup		raced_map_lookup
#define fvd_map_set_blocks	raced_map_set_blocks
#define fvd_map_set_entry	raced_map_set_entry
#define fvd_map_fill_zero_chunk	raced_map_fill_zero_chunk
#define fvd_map_reset_chunk	raced_map_reset_chunk
#define fvd_map_count		raced_map_count
#define fvd_map_check		raced_map_check
#include "../../../dm-fvd/fvd-map.c"

#include "../../../kunit/fvd_test.h"

#define NR_BLOCKS 64

struct image {
	struct fvd_map map;
	__le64 bitmap[512];
	__le32 table[1024];
};

static struct image *new_image(struct kunit *test, bool compact)
{
	struct image *image = kunit_kzalloc(test, sizeof(*image), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, image);
	image->map = (struct fvd_map) {
		.geo = {
			.block_shift = 12,
			.chunk_shift = compact ? 16 : 0,
			.block_sectors_shift = 3,
			.chunk_sectors_shift = compact ? 7 : 0,
			.piece_blocks_shift = compact ? 4 : 6,
			.nr_blocks = NR_BLOCKS,
			.nr_chunks = compact ? 4 : 0,
			.base_sectors = NR_BLOCKS * 8,
			.nr_base_blocks = NR_BLOCKS,
			.disk_sectors = NR_BLOCKS * 8,
			.nr_bitmap_pages = 1,
			.nr_table_pages = compact,
		},
		.bitmap = image->bitmap,
		.table = compact ? image->table : NULL,
	};
	memset(image->table, 0xff, sizeof(image->table));
	between_map = &image->map;
	return image;
}

static void set_block_1(struct fvd_map *map)
{
	fvd_bitmap_fill(map->bitmap, 1, 2, true);
}

static void store_chunk_0(struct fvd_map *map)
{
	fvd_map_set_entry(map, 0, 3);
	fvd_map_set_blocks(map, 1, 3);
}

static void discard_chunk_0(struct fvd_map *map)
{
	fvd_map_reset_chunk(map, 0, FVD_ENTRY_ZERO);
}

/* Bit seen as 0, then set before the run's end is looked for. */
static void run_has_a_length_though_its_first_block_is_just_set(struct kunit *test)
{
	struct image *image = new_image(test, false);
	struct fvd_run run;

	fvd_bitmap_fill(image->bitmap, 3, 4, true);
	between = set_block_1;
	fvd_map_lookup(&image->map, 11, 100, &run);
	KUNIT_EXPECT_EQ(test, run.where, FVD_IN_BASE);
	/* At most up to block 3, which was set all the time. */
	KUNIT_EXPECT_EQ(test, run.nr_sectors, 24 - 11);
	image = new_image(test, false);
	fvd_bitmap_fill(image->bitmap, 3, 4, true);
	between = set_block_1;
	fvd_map_lookup(&image->map, 8, 100, &run);
	KUNIT_EXPECT_EQ(test, run.where, FVD_IN_BASE);
	KUNIT_EXPECT_EQ(test, run.nr_sectors, 16);
}

static void the_same_in_a_chunk_that_just_got_storage(struct kunit *test)
{
	struct image *image = new_image(test, true);
	struct fvd_run run;

	between = store_chunk_0;
	fvd_map_lookup(&image->map, 11, 100, &run);
	KUNIT_EXPECT_EQ(test, run.where, FVD_IN_BASE);
	/* Block 1 as it was; block 2 is seen with its new state. */
	KUNIT_EXPECT_EQ(test, run.nr_sectors, 16 - 11);
}

static void lookup_starts_again_when_the_chunk_is_discarded(struct kunit *test)
{
	struct image *image = new_image(test, true);
	struct fvd_run run;

	fvd_map_set_entry(&image->map, 0, 2);
	fvd_map_set_blocks(&image->map, 0, 16);
	between = discard_chunk_0;
	fvd_map_lookup(&image->map, 3, 20, &run);
	KUNIT_EXPECT_EQ(test, run.where, FVD_IS_ZERO);
	KUNIT_EXPECT_EQ(test, run.nr_sectors, 20);
}

static struct kunit_case fvd_map_race_cases[] = {
	KUNIT_CASE(run_has_a_length_though_its_first_block_is_just_set),
	KUNIT_CASE(the_same_in_a_chunk_that_just_got_storage),
	FVD_CASE(lookup_starts_again_when_the_chunk_is_discarded, "I-MAP-4"),
	{}
};

static struct kunit_suite fvd_map_race_suite = {
	.name = "fvd_map_race",
	.test_cases = fvd_map_race_cases,
};

kunit_test_suite(fvd_map_race_suite);
