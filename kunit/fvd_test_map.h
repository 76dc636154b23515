/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small open image and a model of it that is too simple to be wrong: for
 * each block where its content is, for each chunk what its entry is.
 */
#ifndef FVD_TEST_MAP_H
#define FVD_TEST_MAP_H

#include "fvd_test.h"
#include "../dm-fvd/fvd-map.h"

/**
 * struct fvd_test_image - map and model.
 * @sb: the superblock that the geometry comes from
 * @map: the thing under test
 * @capacity: chunks on the device
 * @present: model, by block: the bitmap
 * @entry: model, by chunk: the table
 * @used: room for fvd_map_check()
 */
struct fvd_test_image {
	struct fvd_superblock *sb;
	struct fvd_map map;
	u64 capacity;
	bool *present;
	u32 *entry;
	__le64 *used;
};

/** fvd_test_image() - an image without content. */
struct fvd_test_image *
fvd_test_image(struct kunit *test, const struct fvd_layout_request *request);

/**
 * fvd_test_image_random() - the same with random sizes: up to 64 MiB, base
 * none to all, its end and the disk's in mid block or not, chunk >= block.
 * @test: the case
 * @random: the generator
 */
struct fvd_test_image *fvd_test_image_random(struct kunit *test,
					     struct fvd_random *random);

/** fvd_test_image_clone() - an independent copy of map and model. */
struct fvd_test_image *fvd_test_image_clone(struct kunit *test,
					    const struct fvd_test_image *from);

/** fvd_test_pages_bytes() - size of bitmap and table together. */
static inline size_t fvd_test_pages_bytes(const struct fvd_test_image *image)
{
	return fvd_geometry_nr_pages(&image->map.geo) << FVD_PAGE_SHIFT;
}

/** fvd_test_block_sectors() - sectors of a block. */
static inline u64 fvd_test_block_sectors(const struct fvd_test_image *image)
{
	return 1ULL << (image->map.geo.block_shift - FVD_SECTOR_SHIFT);
}

/** fvd_test_is_compact() - is there a table? */
static inline bool fvd_test_is_compact(const struct fvd_test_image *image)
{
	return image->map.table;
}

/** fvd_test_where() - the model's answer for one sector. */
enum fvd_where fvd_test_where(const struct fvd_test_image *image, u64 sector,
			      u64 *image_sector);

/** fvd_test_left() - the model's nr_base_blocks_left. */
u64 fvd_test_left(const struct fvd_test_image *image);

/** fvd_test_expect_same() - map == model, bit by bit, and the map is sound. */
void fvd_test_expect_same(struct kunit *test, struct fvd_test_image *image);

/** fvd_test_expect_sound() - fvd_map_check() accepts the map. */
void fvd_test_expect_sound(struct kunit *test, struct fvd_test_image *image);

/** fvd_test_free_number() - a chunk of the data region nobody uses, or -1. */
s64 fvd_test_free_number(const struct fvd_test_image *image,
			 struct fvd_random *random);

/* One change of map and model alike. */
void fvd_test_set_blocks(struct fvd_test_image *image, u64 first, u64 end);
void fvd_test_set_entry(struct fvd_test_image *image, u64 chunk, u32 number);
void fvd_test_fill_zero_chunk(struct fvd_test_image *image, u64 chunk,
			      u32 number, u64 first, u64 end);
void fvd_test_reset_chunk(struct kunit *test, struct fvd_test_image *image,
			  u64 chunk, u32 value);

/** struct fvd_test_change - what fvd_test_random_change() did. */
struct fvd_test_change {
	enum {
		FVD_TEST_NOTHING,
		FVD_TEST_BLOCKS,
		FVD_TEST_ENTRY_AND_BLOCKS,
		FVD_TEST_ZERO_FILLED,
		FVD_TEST_RESET,
	} kind;
	u64 chunk;
	u64 first, end;
	u32 value;
};

/**
 * fvd_test_random_change() - what a write or a discard of a guest does.
 * @test: the case
 * @image: map and model
 * @random: the generator
 * @change: receives it
 */
void fvd_test_random_change(struct kunit *test, struct fvd_test_image *image,
			    struct fvd_random *random,
			    struct fvd_test_change *change);

#endif /* FVD_TEST_MAP_H */
