// SPDX-License-Identifier: GPL-2.0-only
/*
 * Journal blocks as bytes. Replay of whole logs: fvd_replay_kunit.c.
 */
#include "fvd_test_map.h"
#include "../dm-fvd/fvd-journal.h"

#define SEED	0x12345678U
#define EPOCH	77ULL
#define SEQUENCE 1000ULL
#define HEADER	32U

struct fixture {
	struct fvd_journal_writer writer;
	struct fvd_test_image *image;
	__le64 dirty[1];
	u8 block[FVD_PAGE_BYTES];
};

/* 1 MiB disk of 4 KiB blocks in 64 KiB chunks: 256 blocks, 16 chunks. */
static struct fixture *new_fixture(struct kunit *test, bool compact)
{
	const struct fvd_layout_request request = {
		.virtual_size_bytes = 1 << 20,
		.base_size_bytes = 1 << 19,
		.block_size_bytes = 4096,
		.chunk_size_bytes = compact ? 65536 : 0,
		.compact = compact,
	};
	struct fixture *f = fvd_test_zalloc(test, sizeof(*f));

	f->image = fvd_test_image(test, &request);
	memset(f->block, 0xEE, sizeof(f->block));
	fvd_journal_begin(&f->writer, f->block);
	return f;
}

static void finish(struct fixture *f)
{
	fvd_journal_finish(&f->writer, SEED, EPOCH, SEQUENCE);
}

/* After the bytes were tampered with. */
static void seal(struct fixture *f)
{
	struct fvd_journal_block_disk *head = (void *)f->block;

	head->crc = cpu_to_le32(crc32c(SEED, f->block + 8, FVD_PAGE_BYTES - 8));
}

static bool valid(const struct fixture *f)
{
	return fvd_journal_block_valid(f->block, SEED, EPOCH, SEQUENCE);
}

static void records_come_back_as_put(struct kunit *test)
{
	struct fixture *f = new_fixture(test, true);
	const struct fvd_geometry *geo = &f->image->map.geo;
	struct fvd_journal_record record;
	u32 at = 0;

	KUNIT_ASSERT_TRUE(test, fvd_journal_put_reset(&f->writer, 3, 2, FVD_ENTRY_ZERO));
	KUNIT_ASSERT_TRUE(test, fvd_journal_put_entry(&f->writer, 5, 9));
	KUNIT_ASSERT_TRUE(test, fvd_journal_put_entry(&f->writer, 6, 4));
	KUNIT_ASSERT_TRUE(test, fvd_journal_put_blocks(&f->writer, 80, 17));
	finish(f);
	KUNIT_ASSERT_TRUE(test, valid(f));
	KUNIT_ASSERT_EQ(test, fvd_journal_next_record(f->block, &at, geo, &record, NULL), 1);
	KUNIT_EXPECT_EQ(test, record.type, FVD_RECORD_RESET);
	KUNIT_EXPECT_EQ(test, record.first, 3);
	KUNIT_EXPECT_EQ(test, record.nr, 2);
	KUNIT_EXPECT_EQ(test, record.value, FVD_ENTRY_ZERO);
	KUNIT_ASSERT_EQ(test, fvd_journal_next_record(f->block, &at, geo, &record, NULL), 1);
	KUNIT_EXPECT_EQ(test, record.type, FVD_RECORD_ENTRIES);
	KUNIT_EXPECT_EQ(test, record.first, 5);
	KUNIT_EXPECT_EQ(test, record.nr, 2);
	KUNIT_EXPECT_EQ(test, fvd_journal_record_entry(&record, 0), 9);
	KUNIT_EXPECT_EQ(test, fvd_journal_record_entry(&record, 1), 4);
	KUNIT_ASSERT_EQ(test, fvd_journal_next_record(f->block, &at, geo, &record, NULL), 1);
	KUNIT_EXPECT_EQ(test, record.type, FVD_RECORD_BLOCKS);
	KUNIT_EXPECT_EQ(test, record.first, 80);
	KUNIT_EXPECT_EQ(test, record.nr, 17);
	KUNIT_EXPECT_EQ(test, fvd_journal_next_record(f->block, &at, geo, &record, NULL), 0);
	KUNIT_EXPECT_EQ(test, fvd_journal_next_record(f->block, &at, geo, &record, NULL), 0);
}

static void entries_in_a_row_are_one_record(struct kunit *test)
{
	struct fixture *f = new_fixture(test, true);

	KUNIT_ASSERT_TRUE(test, fvd_journal_put_entry(&f->writer, 5, 1));
	KUNIT_ASSERT_TRUE(test, fvd_journal_put_entry(&f->writer, 6, 2));
	KUNIT_EXPECT_EQ(test, f->writer.nr_records, 1);
	KUNIT_EXPECT_EQ(test, f->writer.used_bytes, HEADER + 16 + 8);
	KUNIT_ASSERT_TRUE(test, fvd_journal_put_entry(&f->writer, 8, 3));
	KUNIT_EXPECT_EQ(test, f->writer.nr_records, 2);
	KUNIT_ASSERT_TRUE(test, fvd_journal_put_blocks(&f->writer, 0, 1));
	KUNIT_ASSERT_TRUE(test, fvd_journal_put_entry(&f->writer, 9, 3));
	KUNIT_EXPECT_EQ(test, f->writer.nr_records, 4);
}

/* The figures tell the price of a commit, and stand in design.rst. */
static void block_takes_so_many_records_and_no_more(struct kunit *test)
{
	struct fixture *f = new_fixture(test, true);
	u32 nr;

	for (nr = 0; fvd_journal_put_blocks(&f->writer, nr, 1); nr++)
		;
	KUNIT_EXPECT_EQ(test, nr, 254);
	fvd_journal_begin(&f->writer, f->block);
	for (nr = 0; fvd_journal_put_reset(&f->writer, nr, 1, FVD_ENTRY_ZERO); nr++)
		;
	KUNIT_EXPECT_EQ(test, nr, 169);
	fvd_journal_begin(&f->writer, f->block);
	for (nr = 0; fvd_journal_put_entry(&f->writer, nr, nr); nr++)
		;
	KUNIT_EXPECT_EQ(test, nr, 1012);
	fvd_journal_begin(&f->writer, f->block);
	for (nr = 0; fvd_journal_put_filled(&f->writer, nr, nr, nr, 1); nr++)
		;
	KUNIT_EXPECT_EQ(test, nr, 112);
}

static void refused_put_appends_nothing(struct kunit *test)
{
	struct fixture *f = new_fixture(test, true);
	struct fvd_journal_writer before;
	u8 *copy = fvd_test_zalloc(test, FVD_PAGE_BYTES);

	while (fvd_journal_put_entry(&f->writer, f->writer.nr_records * 2, 1))
		;
	/* 4064 = 203 * 20 + 4: room for one number more in the last record. */
	KUNIT_ASSERT_EQ(test, f->writer.used_bytes, 4092);
	before = f->writer;
	memcpy(copy, f->block, FVD_PAGE_BYTES);
	KUNIT_EXPECT_FALSE(test, fvd_journal_put_blocks(&f->writer, 1, 1));
	KUNIT_EXPECT_FALSE(test, fvd_journal_put_reset(&f->writer, 1, 1, FVD_ENTRY_ZERO));
	KUNIT_EXPECT_FALSE(test, fvd_journal_put_filled(&f->writer, 405, 1, 0, 1));
	KUNIT_EXPECT_FALSE(test, fvd_journal_put_entry(&f->writer, 1, 1));
	KUNIT_EXPECT_MEMEQ(test, &before, &f->writer, sizeof(before));
	KUNIT_EXPECT_MEMEQ(test, copy, f->block, FVD_PAGE_BYTES);
	KUNIT_EXPECT_TRUE(test, fvd_journal_put_entry(&f->writer, 405, 1));
	KUNIT_EXPECT_EQ(test, f->writer.used_bytes, FVD_PAGE_BYTES);
}

static void rest_of_a_block_is_zero(struct kunit *test)
{
	struct fixture *f = new_fixture(test, true);
	u32 i;

	KUNIT_ASSERT_TRUE(test, fvd_journal_put_blocks(&f->writer, 0, 1));
	finish(f);
	for (i = HEADER + 16; i < FVD_PAGE_BYTES; i++)
		KUNIT_ASSERT_EQ(test, f->block[i], 0);
}

static void empty_block_is_valid(struct kunit *test)
{
	struct fixture *f = new_fixture(test, true);

	finish(f);
	KUNIT_EXPECT_TRUE(test, valid(f));
	KUNIT_EXPECT_EQ(test, fvd_journal_replay_block(f->block, &f->image->map,
						       f->dirty, NULL), 0);
	KUNIT_EXPECT_EQ(test, f->dirty[0], 0);
}

/* Betrays a superblock that is older than its journal. */
static void newer_block_is_told_from_an_older_one(struct kunit *test)
{
	struct fixture *f = new_fixture(test, true);

	finish(f);
	KUNIT_EXPECT_TRUE(test, fvd_journal_block_newer(f->block, SEED, EPOCH, SEQUENCE - 1));
	KUNIT_EXPECT_TRUE(test, fvd_journal_block_newer(f->block, SEED, EPOCH - 1, U64_MAX));
	KUNIT_EXPECT_FALSE(test, fvd_journal_block_newer(f->block, SEED, EPOCH, SEQUENCE));
	KUNIT_EXPECT_FALSE(test, fvd_journal_block_newer(f->block, SEED, EPOCH, SEQUENCE + 1));
	KUNIT_EXPECT_FALSE(test, fvd_journal_block_newer(f->block, SEED, EPOCH + 1, 0));
	KUNIT_EXPECT_FALSE(test, fvd_journal_block_newer(f->block, SEED + 1, EPOCH - 1, 0));
	f->block[FVD_PAGE_BYTES - 1] ^= 1;
	KUNIT_EXPECT_FALSE(test, fvd_journal_block_newer(f->block, SEED, EPOCH - 1, 0));
}

static void other_image_epoch_or_sequence_ends_the_log(struct kunit *test)
{
	struct fixture *f = new_fixture(test, true);

	KUNIT_ASSERT_TRUE(test, fvd_journal_put_blocks(&f->writer, 0, 1));
	finish(f);
	KUNIT_EXPECT_TRUE(test, valid(f));
	KUNIT_EXPECT_FALSE(test, fvd_journal_block_valid(f->block, SEED + 1, EPOCH, SEQUENCE));
	KUNIT_EXPECT_FALSE(test, fvd_journal_block_valid(f->block, SEED, EPOCH - 1, SEQUENCE));
	KUNIT_EXPECT_FALSE(test, fvd_journal_block_valid(f->block, SEED, EPOCH + 1, SEQUENCE));
	KUNIT_EXPECT_FALSE(test, fvd_journal_block_valid(f->block, SEED, EPOCH, SEQUENCE - 1));
	KUNIT_EXPECT_FALSE(test, fvd_journal_block_valid(f->block, SEED, EPOCH, SEQUENCE + 1));
	memset(f->block, 0, FVD_PAGE_BYTES);
	KUNIT_EXPECT_FALSE(test, valid(f));
}

static void any_flipped_bit_ends_the_log(struct kunit *test)
{
	struct fixture *f = new_fixture(test, true);
	u32 bit;

	while (fvd_journal_put_blocks(&f->writer, f->writer.nr_records, 1))
		;
	finish(f);
	for (bit = 0; bit < 8 * FVD_PAGE_BYTES; bit += 7) {
		f->block[bit / 8] ^= 1 << bit % 8;
		KUNIT_ASSERT_FALSE_MSG(test, valid(f), "bit %u", bit);
		f->block[bit / 8] ^= 1 << bit % 8;
	}
	KUNIT_EXPECT_TRUE(test, valid(f));
}

/* Each mix of old and new sectors but all-new. I-JRN-3 */
static void torn_block_ends_the_log(struct kunit *test)
{
	struct fixture *f = new_fixture(test, true);
	u8 *old = fvd_test_zalloc(test, FVD_PAGE_BYTES);
	u8 *new = fvd_test_zalloc(test, FVD_PAGE_BYTES);
	unsigned int mask, i;

	while (fvd_journal_put_blocks(&f->writer, f->writer.nr_records, 1))
		;
	fvd_journal_finish(&f->writer, SEED, EPOCH, SEQUENCE - 100);
	memcpy(old, f->block, FVD_PAGE_BYTES);
	fvd_journal_begin(&f->writer, f->block);
	while (fvd_journal_put_blocks(&f->writer, f->writer.nr_records, 2))
		;
	finish(f);
	memcpy(new, f->block, FVD_PAGE_BYTES);
	for (mask = 0; mask < 256; mask++) {
		for (i = 0; i < 8; i++)
			memcpy(f->block + i * 512,
			       (mask >> i & 1 ? new : old) + i * 512, 512);
		KUNIT_ASSERT_EQ_MSG(test, valid(f), mask == 255, "mask %x", mask);
	}
}

/* One block with these bytes where records are. */
static void put_raw(struct fixture *f, const void *record, u32 nr_bytes,
		    u32 nr_records)
{
	fvd_journal_begin(&f->writer, f->block);
	memcpy(f->block + HEADER, record, nr_bytes);
	f->writer.used_bytes = HEADER + nr_bytes;
	f->writer.nr_records = nr_records;
	finish(f);
}

static int replay(struct fixture *f, struct fvd_error *error)
{
	return fvd_journal_replay_block(f->block, &f->image->map, f->dirty, error);
}

#define LE16(x) (x) & 0xff, (x) >> 8 & 0xff
#define LE32(x) LE16((x) & 0xffff), LE16((x) >> 16 & 0xffff)
#define LE64(x) LE32((x) & 0xffffffff), LE32((u64)(x) >> 32 & 0xffffffff)
#define RESET(value, first, nr) \
	LE16(1), LE16(24), LE32(value), LE64(first), LE64(nr)
#define ENTRY(first, number) \
	LE16(2), LE16(20), LE32(1), LE64(first), LE32(number)
#define BLOCKS(first, nr) LE16(3), LE16(16), LE32(nr), LE64(first)

/* The disk has 256 blocks and 16 chunks. */
static const struct hostile {
	u8 bytes[48];
	u32 nr_bytes;
	int errnum;
	const char *word;
} hostile[] = {
	{ { BLOCKS(0, 0) }, 16, -EBADMSG, "blocks 0 + 0" },
	{ { BLOCKS(0, 257) }, 16, -EBADMSG, "blocks 0 + 257, the disk has 256" },
	{ { BLOCKS(256, 1) }, 16, -EBADMSG, "blocks 256 + 1" },
	{ { BLOCKS(255, 0xffffffff) }, 16, -EBADMSG, "blocks 255 + 4294967295" },
	{ { BLOCKS(~0ULL, 1) }, 16, -EBADMSG, "blocks 18446744073709551615 + 1" },
	{ { RESET(FVD_ENTRY_ZERO, 0, 0) }, 24, -EBADMSG, "chunks 0 + 0" },
	{ { RESET(FVD_ENTRY_ZERO, 1, 16) }, 24, -EBADMSG, "chunks 1 + 16" },
	{ { RESET(FVD_ENTRY_ZERO, 16, 1) }, 24, -EBADMSG, "chunks 16 + 1" },
	{ { RESET(FVD_ENTRY_ZERO, 2, ~0ULL) }, 24, -EBADMSG, "chunks 2 + 1844" },
	{ { RESET(5, 0, 1) }, 24, -EBADMSG, "value 00000005" },
	{ { RESET(FVD_ENTRY_LIMIT, 0, 1) }, 24, -EBADMSG, "value ffffff00" },
	{ { ENTRY(16, 0) }, 20, -EBADMSG, "chunks 16 + 1" },
	{ { ENTRY(~0ULL, 0) }, 20, -EBADMSG, "chunks 18446744073709551615" },
	{ { ENTRY(0, FVD_ENTRY_LIMIT) }, 20, -EBADMSG, "storage ffffff00" },
	{ { ENTRY(0, FVD_ENTRY_EMPTY) }, 20, -EBADMSG, "storage ffffffff" },
	{ { LE16(2), LE16(16), LE32(0), LE64(0) }, 16, -EBADMSG, "chunks 0 + 0" },
	{ { LE16(2), LE16(16), LE32(1), LE64(0) }, 16, -EBADMSG,
	  "16 bytes for 1 entries" },
	{ { LE16(2), LE16(20), LE32(0x40000001), LE64(0), LE32(0) }, 20, -EBADMSG,
	  "20 bytes for 1073741825 entries" },
	{ { LE16(2), LE16(12), LE32(0), LE32(0) }, 12, -EBADMSG, "at least 16" },
	{ { LE16(1), LE16(20), LE32(0), LE64(0), LE32(1) }, 20, -EBADMSG,
	  "reset record has 20 bytes" },
	{ { LE16(3), LE16(20), LE32(1), LE64(0), LE32(0) }, 20, -EBADMSG,
	  "blocks record has 20 bytes" },
	{ { LE16(3), LE16(0) }, 4, -EBADMSG, "has 0 bytes" },
	{ { LE16(3), LE16(3) }, 4, -EBADMSG, "has 3 bytes" },
	{ { LE16(3), LE16(8) }, 4, -EBADMSG, "has 8 bytes, 4 are left" },
	{ { LE16(3), LE16(6), LE32(0) }, 8, -EBADMSG, "has 6 bytes" },
	{ { LE16(3), LE16(0xfffc) }, 4, -EBADMSG, "has 65532 bytes" },
	{ { 3, 0, 0 }, 3, -EBADMSG, "ends within a record" },
	{ { LE16(4), LE16(4) }, 4, -EPROTONOSUPPORT, "type 4" },
	{ { LE16(0), LE16(4) }, 4, -EPROTONOSUPPORT, "type 0" },
};

/* I-JRN-2: each behind a good record, which must not be applied either. */
static void hostile_record_is_refused_before_anything_is_applied(struct kunit *test)
{
	const u8 good[] = { RESET(FVD_ENTRY_ZERO, 4, 3) };
	struct fixture *f = new_fixture(test, true);
	struct fvd_error error;
	u8 raw[24 + 48];
	unsigned int i;
	int r;

	for (i = 0; i < ARRAY_SIZE(hostile); i++) {
		memcpy(raw, good, sizeof(good));
		memcpy(raw + sizeof(good), hostile[i].bytes, hostile[i].nr_bytes);
		put_raw(f, raw, sizeof(good) + hostile[i].nr_bytes, 2);
		KUNIT_ASSERT_TRUE(test, valid(f));
		memset(&error, 0, sizeof(error));
		r = replay(f, &error);
		KUNIT_EXPECT_EQ_MSG(test, r, hostile[i].errnum, "%u: %s", i,
				    hostile[i].word);
		KUNIT_EXPECT_TRUE_MSG(test, strstr(error.text, hostile[i].word),
				      "%u: \"%s\" has no \"%s\"", i, error.text,
				      hostile[i].word);
		KUNIT_EXPECT_EQ(test, replay(f, NULL), hostile[i].errnum);
		KUNIT_EXPECT_EQ(test, f->dirty[0], 0);
		fvd_test_expect_same(test, f->image);
	}
}

/*
 * I-JRN-6: 24 bytes of a log may not make anybody go through the whole disk, again
 * and again. 2 GiB: 524288 blocks in 2048 chunks.
 */
static void no_record_costs_more_than_a_page_of_bits(struct kunit *test)
{
	const struct fvd_layout_request request = {
		.virtual_size_bytes = 2ULL << 30,
		.block_size_bytes = 4096,
		.chunk_size_bytes = 1 << 20,
		.compact = true,
	};
	const u8 whole_reset[] = { RESET(FVD_ENTRY_EMPTY, 0, 2048) };
	const u8 more_reset[] = { RESET(FVD_ENTRY_EMPTY, 7, 129) };
	const u8 most_reset[] = { RESET(FVD_ENTRY_EMPTY, 7, 128) };
	const u8 whole_blocks[] = { BLOCKS(0, 524288) };
	const u8 more_blocks[] = { BLOCKS(11, 32769) };
	const u8 most_blocks[] = { BLOCKS(11, 32768) };
	struct fixture *f = new_fixture(test, true);
	struct fvd_error error = { "" };

	f->image = fvd_test_image(test, &request);
	put_raw(f, whole_reset, sizeof(whole_reset), 1);
	KUNIT_EXPECT_EQ(test, replay(f, &error), -EBADMSG);
	KUNIT_EXPECT_STREQ(test, error.text,
			   "reset record covers 2048 chunks, at most 128 are allowed");
	put_raw(f, more_reset, sizeof(more_reset), 1);
	KUNIT_EXPECT_EQ(test, replay(f, NULL), -EBADMSG);
	put_raw(f, most_reset, sizeof(most_reset), 1);
	KUNIT_EXPECT_EQ(test, replay(f, NULL), 0);
	put_raw(f, whole_blocks, sizeof(whole_blocks), 1);
	KUNIT_EXPECT_EQ(test, replay(f, &error), -EBADMSG);
	KUNIT_EXPECT_STREQ(test, error.text,
			   "blocks record covers 524288 blocks, at most 32768 are allowed");
	put_raw(f, more_blocks, sizeof(more_blocks), 1);
	KUNIT_EXPECT_EQ(test, replay(f, NULL), -EBADMSG);
	put_raw(f, most_blocks, sizeof(most_blocks), 1);
	KUNIT_EXPECT_EQ(test, replay(f, NULL), 0);
}

/* The limit for the smallest and the largest chunks, and what lies between. */
static void reset_limit_counts_entries_and_bits(struct kunit *test)
{
	static const struct {
		unsigned int block_shift, chunk_shift;
		u64 limit;
	} cases[] = {
		{ 12, 12, 256 }, { 20, 20, 256 }, { 12, 19, 256 },
		{ 12, 20, 128 }, { 15, 20, 256 }, { 12, 26, 2 },
	};
	struct fvd_geometry geo = { };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		geo.block_shift = cases[i].block_shift;
		geo.chunk_shift = cases[i].chunk_shift;
		KUNIT_EXPECT_EQ(test, fvd_journal_max_reset_chunks(&geo),
				cases[i].limit);
	}
}

static void flat_image_has_no_chunks_to_replay(struct kunit *test)
{
	const u8 reset[] = { RESET(FVD_ENTRY_ZERO, 0, 1) };
	const u8 entry[] = { ENTRY(0, 0) };
	const u8 blocks[] = { BLOCKS(0, 256) };
	struct fixture *f = new_fixture(test, false);

	put_raw(f, reset, sizeof(reset), 1);
	KUNIT_EXPECT_EQ(test, replay(f, NULL), -EBADMSG);
	put_raw(f, entry, sizeof(entry), 1);
	KUNIT_EXPECT_EQ(test, replay(f, NULL), -EBADMSG);
	put_raw(f, blocks, sizeof(blocks), 1);
	KUNIT_EXPECT_EQ(test, replay(f, NULL), 0);
	KUNIT_EXPECT_TRUE(test, fvd_bitmap_all_set(f->image->map.bitmap, 0, 256));
}

static void used_bytes_out_of_bounds_are_refused(struct kunit *test)
{
	static const u32 values[] = { 0, 31, FVD_PAGE_BYTES + 1, U32_MAX };
	struct fvd_journal_block_disk *head;
	struct fvd_error error = { "" };
	struct fixture *f = new_fixture(test, true);
	unsigned int i;

	finish(f);
	head = (void *)f->block;
	for (i = 0; i < ARRAY_SIZE(values); i++) {
		head->used_bytes = cpu_to_le32(values[i]);
		seal(f);
		KUNIT_EXPECT_EQ(test, replay(f, &error), -EBADMSG);
		KUNIT_EXPECT_TRUE(test, strstr(error.text, "bytes are used"));
	}
}

static void wrong_number_of_records_is_refused(struct kunit *test)
{
	const u8 blocks[] = { BLOCKS(0, 256) };
	struct fixture *f = new_fixture(test, false);
	struct fvd_error error = { "" };

	put_raw(f, blocks, sizeof(blocks), 2);
	KUNIT_EXPECT_EQ(test, replay(f, &error), -EBADMSG);
	KUNIT_EXPECT_STREQ(test, error.text,
			   "journal block has 1 records, its header says 2");
	put_raw(f, blocks, sizeof(blocks), 0);
	KUNIT_EXPECT_EQ(test, replay(f, NULL), -EBADMSG);
	fvd_test_expect_same(test, f->image);
}

/* 256 MiB: pages 0 and 1 are the bitmap's, 2 to 5 the table's. */
static void records_across_a_page_edge_mark_both_pages(struct kunit *test)
{
	const struct fvd_layout_request request = {
		.virtual_size_bytes = 256 << 20,
		.block_size_bytes = 4096,
		.chunk_size_bytes = 65536,
		.compact = true,
	};
	const u8 blocks[] = { BLOCKS(32767, 2) };
	const u8 reset[] = { RESET(FVD_ENTRY_EMPTY, 2047, 2) };
	const u8 entries[] = {
		LE16(2), LE16(24), LE32(2), LE64(1023), LE32(7), LE32(8)
	};
	struct fixture *f = new_fixture(test, true);

	f->image = fvd_test_image(test, &request);
	put_raw(f, blocks, sizeof(blocks), 1);
	KUNIT_ASSERT_EQ(test, replay(f, NULL), 0);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(f->dirty[0]), 0x03);
	f->dirty[0] = 0;
	put_raw(f, reset, sizeof(reset), 1);
	KUNIT_ASSERT_EQ(test, replay(f, NULL), 0);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(f->dirty[0]), 0x03 | 0x18);
	KUNIT_EXPECT_FALSE(test, fvd_bitmap_test(f->image->map.bitmap, 32768));
	f->dirty[0] = 0;
	put_raw(f, entries, sizeof(entries), 1);
	KUNIT_ASSERT_EQ(test, replay(f, NULL), 0);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(f->dirty[0]), 0x0c);
	KUNIT_EXPECT_EQ(test, fvd_map_entry(&f->image->map, 1024), 8);
}

/* Bytes at random, checksum right: refused or applied, never out of bounds. */
static void random_bytes_are_refused_or_applied_within_bounds(struct kunit *test)
{
	static const u8 start[] = {
		RESET(FVD_ENTRY_ZERO, 1, 2), ENTRY(3, 4), BLOCKS(40, 9),
		ENTRY(5, 6), BLOCKS(200, 50), RESET(FVD_ENTRY_EMPTY, 8, 8),
	};
	struct fixture *f = new_fixture(test, true);
	struct fvd_random random;
	u8 raw[sizeof(start)];
	unsigned int round;

	fvd_random_start(test, &random);
	for (round = 0; round < 3000; round++) {
		memcpy(raw, start, sizeof(start));
		do {
			raw[fvd_random_below(&random, sizeof(raw))] =
				fvd_random_chance(&random, 2) ? 0xff :
				fvd_random_u64(&random);
		} while (fvd_random_chance(&random, 2));
		put_raw(f, raw, sizeof(raw), 6);
		f->dirty[0] = 0;
		if (replay(f, NULL))
			KUNIT_ASSERT_EQ(test, f->dirty[0], 0);
		/* Two pages exist; bits behind the disk's end stay 0. */
		KUNIT_ASSERT_EQ(test, fvd_bitmap_count(f->dirty, 2, 64), 0);
		KUNIT_ASSERT_EQ(test, fvd_bitmap_count(f->image->map.bitmap,
						       256, 32768), 0);
	}
}

static struct kunit_case fvd_journal_cases[] = {
	KUNIT_CASE(records_come_back_as_put),
	KUNIT_CASE(entries_in_a_row_are_one_record),
	KUNIT_CASE(block_takes_so_many_records_and_no_more),
	KUNIT_CASE(refused_put_appends_nothing),
	FVD_CASE(rest_of_a_block_is_zero, "I-JRN-4"),
	KUNIT_CASE(empty_block_is_valid),
	KUNIT_CASE(newer_block_is_told_from_an_older_one),
	FVD_CASE(other_image_epoch_or_sequence_ends_the_log, "I-JRN-3"),
	FVD_CASE(any_flipped_bit_ends_the_log, "I-JRN-3"),
	FVD_CASE(torn_block_ends_the_log, "I-JRN-3"),
	FVD_CASE(hostile_record_is_refused_before_anything_is_applied,
		 "I-JRN-2"),
	FVD_CASE(no_record_costs_more_than_a_page_of_bits, "I-JRN-6"),
	KUNIT_CASE(reset_limit_counts_entries_and_bits),
	KUNIT_CASE(flat_image_has_no_chunks_to_replay),
	KUNIT_CASE(used_bytes_out_of_bounds_are_refused),
	KUNIT_CASE(wrong_number_of_records_is_refused),
	KUNIT_CASE(records_across_a_page_edge_mark_both_pages),
	KUNIT_CASE(random_bytes_are_refused_or_applied_within_bounds),
	{}
};

static struct kunit_suite fvd_journal_suite = {
	.name = "fvd_journal",
	.test_cases = fvd_journal_cases,
};

kunit_test_suite(fvd_journal_suite);
