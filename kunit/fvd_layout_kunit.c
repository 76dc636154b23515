// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where regions lie, and how units count.
 */
#include "fvd_test.h"

#define KIB	1024ULL
#define MIB	(KIB * 1024)
#define GIB	(MIB * 1024)
#define TIB	(GIB * 1024)
#define PIB	(TIB * 1024)
#define EIB	(PIB * 1024)

/* design.rst: 4 KiB, doubled until the bitmap is at most 4 MiB. */
static void default_block_keeps_the_bitmap_moderate(struct kunit *test)
{
	static const struct {
		u64 size, block;
	} table[] = {
		{ 512, 4 * KIB },
		{ 128 * GIB, 4 * KIB },
		{ 128 * GIB + 512, 8 * KIB },
		{ 256 * GIB, 8 * KIB },
		{ 1 * TIB, 32 * KIB },
		{ 1 * TIB + 512, 64 * KIB },
		{ 32 * TIB, 1 * MIB },
		{ 32 * TIB + 512, 1 * MIB },	/* the largest block */
		{ 4 * EIB, 1 * MIB },
		{ U64_MAX, 1 * MIB },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table); i++)
		KUNIT_EXPECT_EQ_MSG(test,
				    fvd_layout_default_block_bytes(table[i].size),
				    table[i].block, "size %llu",
				    (unsigned long long)table[i].size);
}

/* What each region of a naive reading of the superblock covers. */
struct extent {
	const char *name;
	u64 start, end;
};

static unsigned int list_extents(const struct fvd_superblock *sb,
				 struct extent *extents)
{
	const struct extent all[] = {
		{ "superblock 0", 0, 4096 },
		{ "superblock 1", 65536, 65536 + 4096 },
		{ "bitmap", sb->bitmap_offset_bytes, sb->bitmap_offset_bytes +
			2 * sb->bitmap_size_bytes },
		{ "journal", sb->journal_offset_bytes,
			sb->journal_offset_bytes + sb->journal_size_bytes },
		{ "table", sb->table_offset_bytes, sb->table_offset_bytes +
			2 * sb->table_size_bytes },
		{ "checksum region", sb->checksum_offset_bytes,
			sb->checksum_offset_bytes + 2 * sb->checksum_size_bytes },
		{ "profile", sb->profile_offset_bytes,
			sb->profile_offset_bytes + sb->profile_size_bytes },
		{ "data", sb->data_offset_bytes, sb->image_size_bytes },
	};
	unsigned int i, nr = 0;

	for (i = 0; i < ARRAY_SIZE(all); i++)
		if (all[i].start != all[i].end &&
		    !(fvd_superblock_has_data_device(sb) &&
		      i == ARRAY_SIZE(all) - 1))
			extents[nr++] = all[i];
	return nr;
}

/* I-LAY-1, told in another way than the validator's. */
static void expect_disjoint(struct kunit *test, const struct fvd_superblock *sb)
{
	struct extent extents[8];
	unsigned int i, j, nr = list_extents(sb, extents);

	for (i = 0; i < nr; i++) {
		KUNIT_ASSERT_TRUE_MSG(test, extents[i].start < extents[i].end &&
				      extents[i].end <= sb->image_size_bytes,
				      "%s", extents[i].name);
		KUNIT_ASSERT_EQ_MSG(test, extents[i].start % 4096, 0, "%s",
				    extents[i].name);
		for (j = 0; j < i; j++)
			KUNIT_ASSERT_TRUE_MSG(test,
					      extents[i].end <= extents[j].start ||
					      extents[j].end <= extents[i].start,
					      "%s and %s", extents[i].name,
					      extents[j].name);
	}
}

/* I-LAY-2 and I-LAY-3. */
static void expect_covered(struct kunit *test, const struct fvd_superblock *sb)
{
	u64 nr_blocks = sb->max_virtual_size_bytes >> ilog2(sb->block_size_bytes);
	u64 nr_pages = (sb->bitmap_size_bytes + sb->table_size_bytes) / 4096;

	if (sb->max_virtual_size_bytes & (sb->block_size_bytes - 1))
		nr_blocks++;
	KUNIT_ASSERT_GE(test, sb->bitmap_size_bytes * 8, nr_blocks);
	KUNIT_ASSERT_LT(test, (sb->bitmap_size_bytes - 4096) * 8, nr_blocks);
	KUNIT_ASSERT_GE(test, sb->checksum_size_bytes / 8, nr_pages);
	if (!fvd_superblock_is_compact(sb))
		return;
	KUNIT_ASSERT_LE(test, sb->block_size_bytes, sb->chunk_size_bytes);
	/* Written so that it can not overflow: 2^62 bytes of disk. */
	KUNIT_ASSERT_GE(test, sb->table_size_bytes / 4,
			(sb->max_virtual_size_bytes - 1) / sb->chunk_size_bytes + 1);
}

/* From 512 bytes to 4 EiB, all magnitudes alike. */
static u64 random_size(struct fvd_random *random)
{
	u64 size = fvd_random_u64(random) >> fvd_random_below(random, 54);

	return min(size & ~511ULL, FVD_SIZE_MAX_BYTES) ?: 512;
}

static void random_request(struct fvd_random *random,
			   struct fvd_layout_request *request)
{
	memset(request, 0, sizeof(*request));
	request->virtual_size_bytes = random_size(random);
	if (fvd_random_chance(random, 2))
		request->max_virtual_size_bytes = random_size(random);
	if (fvd_random_chance(random, 2))
		request->base_size_bytes = random_size(random);
	if (fvd_random_chance(random, 2))
		request->block_size_bytes = 4096ULL << fvd_random_below(random, 9);
	request->compact = fvd_random_chance(random, 2);
	if (request->compact && fvd_random_chance(random, 2))
		request->chunk_size_bytes = max(request->block_size_bytes, 1 * MIB)
			<< fvd_random_below(random, 7);
	if (fvd_random_chance(random, 2))
		request->journal_size_bytes = 65536 +
			4096 * fvd_random_below(random, 1000);
	if (fvd_random_chance(random, 2))
		request->profile_size_bytes = 4096 *
			fvd_random_below(random, 1000);
	request->data_device = !request->compact && fvd_random_chance(random, 2);
}

static void any_good_request_gives_disjoint_regions(struct kunit *test)
{
	struct fvd_superblock *sb = fvd_test_zalloc(test, sizeof(*sb));
	struct fvd_layout_request request;
	struct fvd_error error = { "" };
	struct fvd_random random;
	unsigned int round;
	int r;

	fvd_random_start(test, &random);
	for (round = 0; round < 5000; round++) {
		random_request(&random, &request);
		r = fvd_layout_compute(sb, &request, &error);
		KUNIT_ASSERT_EQ_MSG(test, r, 0, "round %u: %s", round, error.text);
		expect_disjoint(test, sb);
		expect_covered(test, sb);
		KUNIT_ASSERT_LE(test, fvd_layout_metadata_end_bytes(sb),
				fvd_superblock_has_data_device(sb) ?
				sb->image_size_bytes : sb->data_offset_bytes);
	}
}

/* The figures of Documentation/on-disk-format.rst. */
static void small_compact_image_lies_as_documented(struct kunit *test)
{
	const struct fvd_layout_request request = {
		.virtual_size_bytes = 64 * MIB,
		.base_size_bytes = 32 * MIB + 512,
		.compact = true,
	};
	struct fvd_superblock *sb = fvd_test_zalloc(test, sizeof(*sb));

	KUNIT_ASSERT_EQ(test, fvd_layout_compute(sb, &request, NULL), 0);
	KUNIT_EXPECT_EQ(test, sb->max_virtual_size_bytes, 64 * MIB);
	KUNIT_EXPECT_EQ(test, sb->block_size_bytes, 4 * KIB);
	KUNIT_EXPECT_EQ(test, sb->chunk_size_bytes, 1 * MIB);
	KUNIT_EXPECT_EQ(test, sb->bitmap_offset_bytes, 128 * KIB);
	KUNIT_EXPECT_EQ(test, sb->bitmap_size_bytes, 4 * KIB);
	KUNIT_EXPECT_EQ(test, sb->journal_offset_bytes, 136 * KIB);
	KUNIT_EXPECT_EQ(test, sb->journal_size_bytes, 1 * MIB);
	KUNIT_EXPECT_EQ(test, sb->table_offset_bytes, 1160 * KIB);
	KUNIT_EXPECT_EQ(test, sb->table_size_bytes, 4 * KIB);
	KUNIT_EXPECT_EQ(test, sb->checksum_offset_bytes, 1168 * KIB);
	KUNIT_EXPECT_EQ(test, sb->checksum_size_bytes, 4 * KIB);
	KUNIT_EXPECT_EQ(test, sb->profile_offset_bytes, 1176 * KIB);
	KUNIT_EXPECT_EQ(test, sb->profile_size_bytes, 256 * KIB);
	KUNIT_EXPECT_EQ(test, sb->data_offset_bytes, 2 * MIB);
	KUNIT_EXPECT_EQ(test, sb->image_size_bytes, 3 * MIB);
	KUNIT_EXPECT_EQ(test, sb->feature_incompat, FVD_INCOMPAT_COMPACT);
}

static void flat_image_has_room_for_the_whole_disk(struct kunit *test)
{
	struct fvd_layout_request request = {
		.virtual_size_bytes = 1 * TIB,
	};
	struct fvd_superblock *sb = fvd_test_zalloc(test, sizeof(*sb));

	KUNIT_ASSERT_EQ(test, fvd_layout_compute(sb, &request, NULL), 0);
	KUNIT_EXPECT_EQ(test, sb->image_size_bytes - sb->data_offset_bytes, 1 * TIB);
	KUNIT_EXPECT_EQ(test, sb->journal_size_bytes, 16 * MIB);
	KUNIT_EXPECT_EQ(test, sb->table_size_bytes, 0);
	KUNIT_EXPECT_EQ(test, sb->chunk_size_bytes, 0);
	KUNIT_EXPECT_EQ(test, sb->feature_incompat, 0);
	request.data_device = true;
	KUNIT_ASSERT_EQ(test, fvd_layout_compute(sb, &request, NULL), 0);
	KUNIT_EXPECT_EQ(test, sb->data_offset_bytes, 0);
	KUNIT_EXPECT_LT(test, sb->image_size_bytes, 64 * MIB);
	KUNIT_EXPECT_EQ(test, sb->feature_incompat, FVD_INCOMPAT_DATA_DEVICE);
}

static void base_larger_than_the_disk_counts_up_to_its_end(struct kunit *test)
{
	const struct fvd_layout_request request = {
		.virtual_size_bytes = 10 * MIB,
		.base_size_bytes = 1 * GIB,
	};
	struct fvd_superblock *sb = fvd_test_zalloc(test, sizeof(*sb));

	KUNIT_ASSERT_EQ(test, fvd_layout_compute(sb, &request, NULL), 0);
	KUNIT_EXPECT_EQ(test, sb->base_size_bytes, 10 * MIB);
}

static const struct bad_request {
	struct fvd_layout_request request;
	const char *word;
} bad_requests[] = {
	{ { .virtual_size_bytes = 0 }, "size" },
	{ { .virtual_size_bytes = 513 }, "size" },
	{ { .virtual_size_bytes = FVD_SIZE_MAX_BYTES + 512 }, "size" },
	{ { .virtual_size_bytes = U64_MAX & ~511ULL }, "size" },
	{ { .virtual_size_bytes = 512, .max_virtual_size_bytes = U64_MAX }, "size" },
	{ { .virtual_size_bytes = 512, .max_virtual_size_bytes = 1000 }, "size" },
	{ { .virtual_size_bytes = 4096, .base_size_bytes = 100 }, "base size" },
	{ { .virtual_size_bytes = 512, .block_size_bytes = 2048 }, "block size" },
	{ { .virtual_size_bytes = 512, .block_size_bytes = 12288 }, "block size" },
	{ { .virtual_size_bytes = 512, .block_size_bytes = 2 * MIB }, "block size" },
	{ { .virtual_size_bytes = 512, .compact = true,
	    .chunk_size_bytes = 3 * MIB }, "chunk size" },
	{ { .virtual_size_bytes = 512, .compact = true,
	    .chunk_size_bytes = 128 * MIB }, "chunk size" },
	{ { .virtual_size_bytes = 512, .compact = true,
	    .chunk_size_bytes = 1 }, "chunk size" },
	{ { .virtual_size_bytes = 512, .compact = true, .chunk_size_bytes = 8192,
	    .block_size_bytes = 16384 }, "chunk size" },
	{ { .virtual_size_bytes = 512, .journal_size_bytes = 61440 }, "journal" },
	{ { .virtual_size_bytes = 512, .journal_size_bytes = 65537 }, "journal" },
	{ { .virtual_size_bytes = 512, .journal_size_bytes = 2 * GIB }, "journal" },
	{ { .virtual_size_bytes = 512, .journal_size_bytes = U64_MAX }, "journal" },
	{ { .virtual_size_bytes = 512, .profile_size_bytes = 100 }, "profile" },
	{ { .virtual_size_bytes = 512, .profile_size_bytes = 65 * MIB }, "profile" },
	{ { .virtual_size_bytes = 512, .profile_size_bytes = U64_MAX }, "profile" },
	{ { .virtual_size_bytes = 512, .compact = true, .data_device = true },
	  "data device" },
};

static void bad_request_is_refused_by_name(struct kunit *test)
{
	struct fvd_superblock *sb = fvd_test_zalloc(test, sizeof(*sb));
	struct fvd_error error;
	unsigned int i;
	int r;

	for (i = 0; i < ARRAY_SIZE(bad_requests); i++) {
		memset(&error, 0, sizeof(error));
		r = fvd_layout_compute(sb, &bad_requests[i].request, &error);
		KUNIT_EXPECT_EQ_MSG(test, r, -EINVAL, "request %u", i);
		KUNIT_EXPECT_TRUE_MSG(test, strstr(error.text,
						   bad_requests[i].word),
				      "request %u: \"%s\" names no %s", i,
				      error.text, bad_requests[i].word);
		r = fvd_layout_compute(sb, &bad_requests[i].request, NULL);
		KUNIT_EXPECT_EQ(test, r, -EINVAL);
	}
}

static void geometry_counts_cut_off_units(struct kunit *test)
{
	const struct fvd_layout_request request = {
		.virtual_size_bytes = 3 * MIB + 512,
		.base_size_bytes = 8192 + 512,
		.block_size_bytes = 8192,
		.compact = true,
	};
	struct fvd_superblock *sb = fvd_test_zalloc(test, sizeof(*sb));
	struct fvd_geometry geo;

	KUNIT_ASSERT_EQ(test, fvd_layout_compute(sb, &request, NULL), 0);
	fvd_geometry_init(&geo, sb);
	KUNIT_EXPECT_EQ(test, geo.block_shift, 13);
	KUNIT_EXPECT_EQ(test, geo.chunk_shift, 20);
	KUNIT_EXPECT_EQ(test, geo.nr_blocks, 3 * 128 + 1);
	KUNIT_EXPECT_EQ(test, geo.nr_chunks, 4);
	KUNIT_EXPECT_EQ(test, geo.base_sectors, 17);
	KUNIT_EXPECT_EQ(test, geo.nr_base_blocks, 2);
	KUNIT_EXPECT_EQ(test, geo.disk_sectors, 3 * 2048 + 1);
	KUNIT_EXPECT_EQ(test, geo.data_start_sector, sb->data_offset_bytes / 512);
	KUNIT_EXPECT_EQ(test, geo.nr_bitmap_pages, 1);
	KUNIT_EXPECT_EQ(test, geo.nr_table_pages, 1);
	KUNIT_EXPECT_EQ(test, fvd_geometry_nr_pages(&geo), 2);
}

static void geometry_of_the_largest_disk_does_not_overflow(struct kunit *test)
{
	struct fvd_layout_request request = {
		.virtual_size_bytes = FVD_SIZE_MAX_BYTES,
		.base_size_bytes = FVD_SIZE_MAX_BYTES - 512,
		.block_size_bytes = 4096,
		.chunk_size_bytes = 4096,
		.compact = true,
	};
	struct fvd_superblock *sb = fvd_test_zalloc(test, sizeof(*sb));
	struct fvd_geometry geo;

	KUNIT_ASSERT_EQ(test, fvd_layout_compute(sb, &request, NULL), 0);
	expect_disjoint(test, sb);
	expect_covered(test, sb);
	fvd_geometry_init(&geo, sb);
	KUNIT_EXPECT_EQ(test, geo.nr_blocks, 1ULL << 50);
	KUNIT_EXPECT_EQ(test, geo.nr_base_blocks, 1ULL << 50);
	KUNIT_EXPECT_EQ(test, geo.nr_chunks, 1ULL << 50);
	KUNIT_EXPECT_EQ(test, geo.nr_bitmap_pages, 1ULL << 35);
	KUNIT_EXPECT_EQ(test, geo.nr_table_pages, 1ULL << 40);
}

static void slots_of_all_pages_fill_their_regions(struct kunit *test)
{
	const struct fvd_layout_request request = {
		.virtual_size_bytes = 1 * GIB,
		.chunk_size_bytes = 65536,
		.compact = true,
	};
	struct fvd_superblock *sb = fvd_test_zalloc(test, sizeof(*sb));
	struct fvd_geometry geo;
	u64 index, at[2];

	KUNIT_ASSERT_EQ(test, fvd_layout_compute(sb, &request, NULL), 0);
	fvd_geometry_init(&geo, sb);
	KUNIT_ASSERT_EQ(test, geo.nr_bitmap_pages, 8);
	KUNIT_ASSERT_EQ(test, geo.nr_table_pages, 16);
	at[0] = sb->bitmap_offset_bytes;
	at[1] = sb->bitmap_offset_bytes + sb->bitmap_size_bytes;
	for (index = 0; index < 24; index++) {
		if (index == 8) {
			at[0] = sb->table_offset_bytes;
			at[1] = sb->table_offset_bytes + sb->table_size_bytes;
		}
		KUNIT_EXPECT_EQ(test, fvd_layout_page_offset_bytes(sb, index, 0), at[0]);
		KUNIT_EXPECT_EQ(test, fvd_layout_page_offset_bytes(sb, index, 1), at[1]);
		at[0] += 4096;
		at[1] += 4096;
	}
}

static void capacity_counts_whole_chunks_behind_the_metadata(struct kunit *test)
{
	struct fvd_superblock *sb = fvd_test_superblock(test, FVD_INCOMPAT_COMPACT);
	u64 start = sb->data_offset_bytes;

	KUNIT_EXPECT_EQ(test, fvd_layout_capacity_chunks(sb, 0), 0);
	KUNIT_EXPECT_EQ(test, fvd_layout_capacity_chunks(sb, start - 1), 0);
	KUNIT_EXPECT_EQ(test, fvd_layout_capacity_chunks(sb, start), 0);
	KUNIT_EXPECT_EQ(test, fvd_layout_capacity_chunks(sb, start + MIB - 1), 0);
	KUNIT_EXPECT_EQ(test, fvd_layout_capacity_chunks(sb, start + MIB), 1);
	KUNIT_EXPECT_EQ(test, fvd_layout_capacity_chunks(sb, start + 5 * MIB), 5);
	KUNIT_EXPECT_EQ(test, fvd_layout_capacity_chunks(sb, 8 * EIB),
			FVD_ENTRY_LIMIT);
}

static void metadata_ends_behind_the_last_region(struct kunit *test)
{
	struct fvd_superblock *sb = fvd_test_superblock(test, FVD_INCOMPAT_COMPACT);

	KUNIT_EXPECT_EQ(test, fvd_layout_metadata_end_bytes(sb),
			sb->profile_offset_bytes + sb->profile_size_bytes);
	/* Any order of regions is valid. */
	sb->profile_offset_bytes = sb->bitmap_offset_bytes;
	sb->bitmap_offset_bytes = sb->data_offset_bytes - 2 * sb->bitmap_size_bytes;
	sb->profile_size_bytes = 8192;
	KUNIT_ASSERT_EQ(test, fvd_layout_validate(sb, NULL), 0);
	KUNIT_EXPECT_EQ(test, fvd_layout_metadata_end_bytes(sb),
			sb->data_offset_bytes);
}

/* The fields that hostile superblocks play with. */
static u64 *random_field(struct fvd_superblock *sb, struct fvd_random *random)
{
	u64 *fields[] = {
		&sb->virtual_size_bytes, &sb->max_virtual_size_bytes,
		&sb->image_size_bytes, &sb->data_offset_bytes,
		&sb->base_size_bytes, &sb->bitmap_offset_bytes,
		&sb->bitmap_size_bytes, &sb->block_size_bytes,
		&sb->table_offset_bytes, &sb->table_size_bytes,
		&sb->chunk_size_bytes, &sb->journal_offset_bytes,
		&sb->journal_size_bytes, &sb->checksum_offset_bytes,
		&sb->checksum_size_bytes, &sb->profile_offset_bytes,
		&sb->profile_size_bytes,
	};

	return fields[fvd_random_below(random, ARRAY_SIZE(fields))];
}

static u64 nasty_value(struct fvd_random *random, u64 value)
{
	switch (fvd_random_below(random, 8)) {
	case 0:
		return 0;
	case 1:
		return value + 4096;
	case 2:
		return value - 4096;
	case 3:
		return value * 2;
	case 4:
		return value / 2;
	case 5:
		return U64_MAX << fvd_random_below(random, 64);
	case 6:
		return 1ULL << fvd_random_below(random, 64);
	default:
		return fvd_random_u64(random) >> fvd_random_below(random, 64);
	}
}

static void what_validates_is_disjoint_however_it_was_made(struct kunit *test)
{
	struct fvd_superblock *sb, *good[3];
	struct fvd_random random;
	unsigned int round, nr_valid = 0;

	fvd_random_start(test, &random);
	good[0] = fvd_test_superblock(test, 0);
	good[1] = fvd_test_superblock(test, FVD_INCOMPAT_COMPACT);
	good[2] = fvd_test_superblock(test, FVD_INCOMPAT_DATA_DEVICE);
	sb = fvd_test_zalloc(test, sizeof(*sb));
	for (round = 0; round < 20000; round++) {
		*sb = *good[round % 3];
		do {
			u64 *field = random_field(sb, &random);

			*field = nasty_value(&random, *field);
		} while (fvd_random_chance(&random, 2));
		if (fvd_layout_validate(sb, NULL))
			continue;
		nr_valid++;
		expect_disjoint(test, sb);
		expect_covered(test, sb);
		KUNIT_ASSERT_LE(test, fvd_layout_metadata_end_bytes(sb),
				fvd_superblock_has_data_device(sb) ?
				sb->image_size_bytes : sb->data_offset_bytes);
	}
	KUNIT_EXPECT_GT(test, nr_valid, 0);
}

static struct kunit_case fvd_layout_cases[] = {
	KUNIT_CASE(default_block_keeps_the_bitmap_moderate),
	FVD_CASE(any_good_request_gives_disjoint_regions,
		 "I-LAY-1 I-LAY-2 I-LAY-3"),
	KUNIT_CASE(small_compact_image_lies_as_documented),
	KUNIT_CASE(flat_image_has_room_for_the_whole_disk),
	KUNIT_CASE(base_larger_than_the_disk_counts_up_to_its_end),
	KUNIT_CASE(bad_request_is_refused_by_name),
	KUNIT_CASE(geometry_counts_cut_off_units),
	KUNIT_CASE(geometry_of_the_largest_disk_does_not_overflow),
	KUNIT_CASE(slots_of_all_pages_fill_their_regions),
	KUNIT_CASE(capacity_counts_whole_chunks_behind_the_metadata),
	KUNIT_CASE(metadata_ends_behind_the_last_region),
	FVD_CASE(what_validates_is_disjoint_however_it_was_made,
		 "I-LAY-1 I-FMT-1"),
	{}
};

static struct kunit_suite fvd_layout_suite = {
	.name = "fvd_layout",
	.test_cases = fvd_layout_cases,
};

kunit_test_suite(fvd_layout_suite);
