// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bytes that Documentation/on-disk-format.rst prints, decoded: what the
 * document says of them is what the code makes of them.
 */
#include "fvd_example.h"
#include "fvd_test_map.h"
#include "../dm-fvd/fvd-journal.h"

#define KIB	1024ULL
#define MIB	(KIB * 1024)

static void *page_of_rows(struct kunit *test, const struct fvd_example_row *rows,
			  unsigned int nr_rows)
{
	u8 *page = fvd_test_zalloc(test, FVD_PAGE_BYTES);
	unsigned int i;

	for (i = 0; i < nr_rows; i++)
		memcpy(page + rows[i].offset, rows[i].bytes, sizeof(rows[i].bytes));
	return page;
}

static struct fvd_superblock *decoded(struct kunit *test)
{
	struct fvd_superblock *sb = fvd_test_zalloc(test, sizeof(*sb));
	struct fvd_superblock_disk *disk;
	struct fvd_error error = { "" };
	int r;

	disk = page_of_rows(test, fvd_example_superblock,
			    ARRAY_SIZE(fvd_example_superblock));
	r = fvd_superblock_decode(sb, disk, &error);
	KUNIT_ASSERT_EQ_MSG(test, r, 0, "%s", error.text);
	return sb;
}

static void superblock_says_where_regions_lie(struct kunit *test)
{
	struct fvd_superblock *sb = decoded(test);

	KUNIT_EXPECT_EQ(test, sb->virtual_size_bytes, 64 * MIB);
	KUNIT_EXPECT_EQ(test, sb->max_virtual_size_bytes, 64 * MIB);
	KUNIT_EXPECT_EQ(test, sb->image_size_bytes, 8 * MIB);
	KUNIT_EXPECT_EQ(test, sb->base_size_bytes, 32 * MIB + 512);
	KUNIT_EXPECT_EQ(test, sb->block_size_bytes, 4 * KIB);
	KUNIT_EXPECT_EQ(test, sb->chunk_size_bytes, 1 * MIB);
	KUNIT_EXPECT_EQ(test, sb->bitmap_offset_bytes, 128 * KIB);
	KUNIT_EXPECT_EQ(test, sb->journal_offset_bytes, 136 * KIB);
	KUNIT_EXPECT_EQ(test, sb->table_offset_bytes, 1160 * KIB);
	KUNIT_EXPECT_EQ(test, sb->checksum_offset_bytes, 1168 * KIB);
	KUNIT_EXPECT_EQ(test, sb->profile_offset_bytes, 1176 * KIB);
	KUNIT_EXPECT_EQ(test, sb->data_offset_bytes, 2 * MIB);
	KUNIT_EXPECT_EQ(test, fvd_layout_capacity_chunks(sb, 8 * MIB), 6);
	KUNIT_EXPECT_EQ(test, fvd_layout_metadata_end_bytes(sb), 1432 * KIB);
}

static void superblock_says_what_state_the_image_is_in(struct kunit *test)
{
	struct fvd_superblock *sb = decoded(test);

	KUNIT_EXPECT_TRUE(test, fvd_superblock_is_compact(sb));
	KUNIT_EXPECT_FALSE(test, fvd_superblock_has_data_device(sb));
	KUNIT_EXPECT_FALSE(test, sb->clean);
	KUNIT_EXPECT_FALSE(test, sb->complete);
	KUNIT_EXPECT_TRUE(test, sb->copy_on_read);
	KUNIT_EXPECT_STREQ(test, sb->label, "golden");
	KUNIT_EXPECT_STREQ(test, sb->base_path, "/dev/nbd0");
	KUNIT_EXPECT_STREQ(test, sb->base_format, "raw");
	KUNIT_EXPECT_EQ(test, sb->generation, 9);
	KUNIT_EXPECT_EQ(test, sb->journal_epoch, 5);
	KUNIT_EXPECT_EQ(test, sb->journal_tail_block, 2);
	KUNIT_EXPECT_EQ(test, sb->journal_tail_sequence, 7);
	KUNIT_EXPECT_EQ(test, sb->checksum_copy, 1);
	KUNIT_EXPECT_EQ(test, sb->base_stamp_kind, FVD_BASE_STAMP_SAMPLES);
	KUNIT_EXPECT_MEMEQ(test, sb->base_stamp, "\xde\xad\xbe\xef", 4);
	KUNIT_EXPECT_EQ(test, fvd_uuid_seed(sb->uuid), 0xb720167d);
}

static void superblock_encodes_to_the_same_bytes(struct kunit *test)
{
	struct fvd_superblock_disk *disk = fvd_test_zalloc(test, sizeof(*disk));

	fvd_superblock_encode(decoded(test), disk);
	KUNIT_EXPECT_MEMEQ(test, disk,
			   page_of_rows(test, fvd_example_superblock,
					ARRAY_SIZE(fvd_example_superblock)),
			   sizeof(*disk));
}

static void put_records(struct fvd_journal_writer *writer, void *block, bool *ok)
{
	fvd_journal_begin(writer, block);
	*ok = fvd_journal_put_reset(writer, 9, 1, FVD_ENTRY_ZERO) &&
		fvd_journal_put_filled(writer, 9, 3, 2304, 256) &&
		fvd_journal_put_entry(writer, 0, 0) &&
		fvd_journal_put_entry(writer, 1, 1) &&
		fvd_journal_put_blocks(writer, 250, 40);
}

static void journal_block_is_the_next_of_this_log(struct kunit *test)
{
	const struct fvd_superblock *sb = decoded(test);
	u32 seed = fvd_uuid_seed(sb->uuid);
	struct fvd_journal_writer writer;
	u8 *block, *again;
	bool ok = false;

	block = page_of_rows(test, fvd_example_journal,
			     ARRAY_SIZE(fvd_example_journal));
	KUNIT_EXPECT_TRUE(test, fvd_journal_block_valid(block, seed,
							sb->journal_epoch,
							sb->journal_tail_sequence));
	again = fvd_test_zalloc(test, FVD_PAGE_BYTES);
	put_records(&writer, again, &ok);
	KUNIT_EXPECT_TRUE(test, ok);
	fvd_journal_finish(&writer, seed, 5, 7);
	KUNIT_EXPECT_MEMEQ(test, block, again, FVD_PAGE_BYTES);
}

static void journal_block_replays_to_what_is_documented(struct kunit *test)
{
	struct fvd_map map = { .change_seq = 0 };
	struct fvd_error error = { "" };
	__le64 dirty[1] = { 0 };
	struct fvd_run run;
	void *block;
	int r;

	fvd_geometry_init(&map.geo, decoded(test));
	map.bitmap = fvd_test_zalloc(test, FVD_PAGE_BYTES);
	map.table = fvd_test_zalloc(test, FVD_PAGE_BYTES);
	memset(map.table, 0xff, FVD_PAGE_BYTES);
	block = page_of_rows(test, fvd_example_journal,
			     ARRAY_SIZE(fvd_example_journal));
	r = fvd_journal_replay_block(block, &map, dirty, &error);
	KUNIT_ASSERT_EQ_MSG(test, r, 0, "%s", error.text);
	fvd_map_count(&map);
	KUNIT_EXPECT_EQ(test, map.nr_base_blocks_left, 8193 - 256 - 40);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(dirty[0]), 3);
	/* Chunk 9 is stored as the fourth one from 2 MiB on. */
	fvd_map_lookup(&map, 9 * 2048, 4096, &run);
	KUNIT_EXPECT_EQ(test, run.where, FVD_IN_IMAGE);
	KUNIT_EXPECT_EQ(test, run.nr_sectors, 2048);
	KUNIT_EXPECT_EQ(test, run.image_sector, 4096 + 3 * 2048);
	/* Blocks 250 to 289 lie in chunks 0 and 1. */
	fvd_map_lookup(&map, 250 * 8, 4096, &run);
	KUNIT_EXPECT_EQ(test, run.where, FVD_IN_IMAGE);
	KUNIT_EXPECT_EQ(test, run.nr_sectors, 40 * 8);
	KUNIT_EXPECT_EQ(test, run.image_sector, 4096 + 250 * 8);
}

static struct kunit_case fvd_example_cases[] = {
	KUNIT_CASE(superblock_says_where_regions_lie),
	KUNIT_CASE(superblock_says_what_state_the_image_is_in),
	KUNIT_CASE(superblock_encodes_to_the_same_bytes),
	KUNIT_CASE(journal_block_is_the_next_of_this_log),
	KUNIT_CASE(journal_block_replays_to_what_is_documented),
	{}
};

static struct kunit_suite fvd_example_suite = {
	.name = "fvd_example",
	.test_cases = fvd_example_cases,
};

kunit_test_suite(fvd_example_suite);
