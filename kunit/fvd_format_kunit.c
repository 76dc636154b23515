// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bytes of the superblock, and what is refused.
 */
#include "fvd_test.h"

#define OFFSET(member) offsetof(struct fvd_superblock_disk, member)
#define SIZE(member) sizeof(((struct fvd_superblock_disk *)NULL)->member)

static const u64 all_kinds[] = {
	0, FVD_INCOMPAT_COMPACT, FVD_INCOMPAT_DATA_DEVICE,
};

static struct fvd_superblock_disk *encode(struct kunit *test,
					  const struct fvd_superblock *sb)
{
	struct fvd_superblock_disk *disk = fvd_test_zalloc(test, sizeof(*disk));

	memset(disk, 0xEE, sizeof(*disk));
	fvd_superblock_encode(sb, disk);
	return disk;
}

static void seal(struct fvd_superblock_disk *disk)
{
	disk->crc = cpu_to_le32(crc32c(~0U, disk, OFFSET(crc)));
}

static void published_fields_keep_their_offsets(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, OFFSET(magic), 0);
	KUNIT_EXPECT_EQ(test, OFFSET(version), 4);
	KUNIT_EXPECT_EQ(test, OFFSET(virtual_disk_size), 8);
	KUNIT_EXPECT_EQ(test, OFFSET(data_offset), 16);
	KUNIT_EXPECT_EQ(test, OFFSET(data_file), 24);
	KUNIT_EXPECT_EQ(test, OFFSET(data_file_fmt), 1048);
	KUNIT_EXPECT_EQ(test, OFFSET(base_img), 1064);
	KUNIT_EXPECT_EQ(test, OFFSET(base_img_fmt), 2088);
	KUNIT_EXPECT_EQ(test, OFFSET(base_img_size), 2104);
	KUNIT_EXPECT_EQ(test, OFFSET(bitmap_offset), 2112);
	KUNIT_EXPECT_EQ(test, OFFSET(block_size), 2128);
	KUNIT_EXPECT_EQ(test, OFFSET(table_offset), 2136);
	KUNIT_EXPECT_EQ(test, OFFSET(chunk_size), 2152);
	KUNIT_EXPECT_EQ(test, OFFSET(add_storage_cmd), 2168);
	KUNIT_EXPECT_EQ(test, OFFSET(journal_offset), 3192);
	KUNIT_EXPECT_EQ(test, OFFSET(stable_journal_epoch), 3208);
	KUNIT_EXPECT_EQ(test, OFFSET(clean_shutdown), 3216);
	KUNIT_EXPECT_EQ(test, OFFSET(prefetch_start_delay), 3232);
	KUNIT_EXPECT_EQ(test, OFFSET(need_zero_init), 3312);
	KUNIT_EXPECT_EQ(test, OFFSET(uuid), 3344);
	KUNIT_EXPECT_EQ(test, OFFSET(generation), 3424);
	KUNIT_EXPECT_EQ(test, OFFSET(base_stamp), 3512);
}

static void image_starts_with_the_magic_and_little_endian_numbers(struct kunit *test)
{
	const u8 *bytes = (void *)encode(test, fvd_test_superblock(test, 0));

	KUNIT_EXPECT_MEMEQ(test, bytes, "FVD\0\3\0\0\0", 8);
	/* 10 MiB */
	KUNIT_EXPECT_MEMEQ(test, bytes + 8, "\0\0\240\0\0\0\0\0", 8);
	KUNIT_EXPECT_MEMEQ(test, bytes + OFFSET(stable_journal_epoch),
			   "\x88\x77\x66\x55\x44\x33\x22\x11", 8);
}

/* The check value that every description of CRC-32C gives. */
static void checksum_is_castagnoli(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, crc32c(~0U, "123456789", 9) ^ ~0U, 0xE3069283U);
}

/* I-FMT-2, from memory to disk and back. */
static void decode_gives_back_what_was_encoded(struct kunit *test)
{
	struct fvd_superblock *sb, *again = fvd_test_zalloc(test, sizeof(*again));
	struct fvd_error error = { "" };
	unsigned int i;
	int r;

	for (i = 0; i < ARRAY_SIZE(all_kinds); i++) {
		sb = fvd_test_superblock(test, all_kinds[i]);
		r = fvd_superblock_decode(again, encode(test, sb), &error);
		KUNIT_ASSERT_EQ_MSG(test, r, 0, "%s", error.text);
		KUNIT_EXPECT_MEMEQ(test, sb, again, sizeof(*sb));
		KUNIT_EXPECT_STREQ(test, error.text, "");
	}
}

/* I-FMT-2, from disk to memory and back: whatever a field holds. */
static void encode_gives_back_what_was_decoded(struct kunit *test)
{
	struct fvd_superblock *sb = fvd_test_zalloc(test, sizeof(*sb));
	struct fvd_superblock_disk *disk, *again;
	unsigned int round, i, nr_accepted = 0;
	struct fvd_random random;

	fvd_random_start(test, &random);
	disk = encode(test, fvd_test_superblock(test, FVD_INCOMPAT_COMPACT));
	again = fvd_test_zalloc(test, sizeof(*again));
	for (round = 0; round < 2000; round++) {
		struct fvd_superblock_disk *changed = again;

		*changed = *disk;
		for (i = 0; i < 4; i++)
			((u8 *)changed)[fvd_random_below(&random, 4092)] =
				fvd_random_u64(&random);
		seal(changed);
		if (fvd_superblock_decode(sb, changed, NULL))
			continue;
		nr_accepted++;
		*disk = *changed;
		fvd_superblock_encode(sb, again);
		KUNIT_ASSERT_MEMEQ(test, disk, again, sizeof(*disk));
	}
	KUNIT_EXPECT_GT(test, nr_accepted, 0);
}

static void label_may_fill_its_field(struct kunit *test)
{
	struct fvd_superblock *sb = fvd_test_superblock(test, 0);
	struct fvd_superblock *again = fvd_test_zalloc(test, sizeof(*again));

	memset(sb->label, 'x', FVD_LABEL_BYTES);
	KUNIT_ASSERT_EQ(test, fvd_superblock_decode(again, encode(test, sb), NULL), 0);
	KUNIT_EXPECT_STREQ(test, again->label, sb->label);
}

static void any_flipped_bit_is_noticed(struct kunit *test)
{
	struct fvd_superblock *sb = fvd_test_zalloc(test, sizeof(*sb));
	struct fvd_superblock_disk *disk;
	unsigned int bit;
	u8 *bytes;

	disk = encode(test, fvd_test_superblock(test, FVD_INCOMPAT_COMPACT));
	bytes = (u8 *)disk;
	/* Every byte, one of its bits: all 32768 would take seconds. */
	for (bit = 0; bit < 8 * FVD_SUPERBLOCK_BYTES; bit += 7) {
		bytes[bit / 8] ^= 1 << bit % 8;
		KUNIT_ASSERT_NE(test, fvd_superblock_decode(sb, disk, NULL), 0);
		bytes[bit / 8] ^= 1 << bit % 8;
	}
	KUNIT_EXPECT_EQ(test, fvd_superblock_decode(sb, disk, NULL), 0);
}

/*
 * Each row changes one field of a valid superblock, checksum made right again.
 * The message must hold the word. I-FMT-1, I-FMT-3.
 */
static const struct bad_field {
	u64 features;
	unsigned int offset;
	unsigned int nr_bytes;
	u64 value;
	int errnum;
	const char *word;
} bad_fields[] = {
#define BAD(features, member, value, errnum, word) \
	{ features, OFFSET(member), SIZE(member), value, errnum, word }
#define FLAT 0
#define COMPACT FVD_INCOMPAT_COMPACT
#define DATA FVD_INCOMPAT_DATA_DEVICE
	BAD(FLAT, magic, 0, -ENODATA, "magic"),
	BAD(FLAT, version, 2, -EPROTONOSUPPORT, "version is 2, expected 3"),
	BAD(FLAT, version, 4, -EPROTONOSUPPORT, "version is 4, expected 3"),
	BAD(FLAT, virtual_disk_size, 0, -EINVAL, "virtual size is 0"),
	BAD(FLAT, virtual_disk_size, 1000, -EINVAL, "virtual size is 1000"),
	BAD(FLAT, virtual_disk_size, 17 << 20, -EINVAL, "virtual size"),
	BAD(FLAT, virtual_disk_size, U64_MAX, -EINVAL, "virtual size"),
	BAD(FLAT, max_virtual_size, (16 << 20) + 1, -EINVAL, "maximum 16777217"),
	BAD(FLAT, max_virtual_size, U64_MAX & ~511ULL, -EINVAL, "maximum"),
	BAD(FLAT, base_img_size, 11 << 20, -EINVAL, "base size is 11534336"),
	BAD(FLAT, base_img_size, 513, -EINVAL, "base size is 513"),
	BAD(FLAT, block_size, 0, -EINVAL, "block size is 0"),
	BAD(FLAT, block_size, 2048, -EINVAL, "block size is 2048"),
	BAD(FLAT, block_size, 5000, -EINVAL, "block size is 5000"),
	BAD(FLAT, block_size, 2 << 20, -EINVAL, "block size is 2097152"),
	BAD(FLAT, block_size, 1ULL << 63, -EINVAL, "block size"),
	BAD(FLAT, chunk_size, 1 << 20, -EINVAL, "chunk size"),
	BAD(FLAT, table_size, 4096, -EINVAL, "table"),
	BAD(FLAT, table_offset, 1 << 20, -EINVAL, "table"),
	BAD(COMPACT, chunk_size, 0, -EINVAL, "chunk size is 0"),
	BAD(COMPACT, chunk_size, 2048, -EINVAL, "chunk size is 2048"),
	BAD(COMPACT, chunk_size, 3 << 20, -EINVAL, "chunk size is 3145728"),
	BAD(COMPACT, chunk_size, 128 << 20, -EINVAL, "chunk size"),
	BAD(COMPACT, table_size, 0, -EINVAL, "table size is 0 bytes"),
	BAD(COMPACT, table_size, 8192, -EINVAL, "table size is 8192"),
	BAD(COMPACT, table_offset, 0, -EINVAL, "table lies at 0"),
	BAD(COMPACT, table_offset, 1 << 20, -EINVAL, "table"),
	BAD(FLAT, bitmap_size, 0, -EINVAL, "bitmap size is 0"),
	BAD(FLAT, bitmap_size, 8192, -EINVAL, "bitmap size is 8192"),
	BAD(FLAT, bitmap_offset, 65536, -EINVAL, "bitmap lies at 65536"),
	BAD(FLAT, bitmap_offset, 131073, -EINVAL, "bitmap lies at 131073"),
	BAD(FLAT, bitmap_offset, U64_MAX & ~4095ULL, -EINVAL, "bitmap lies at"),
	BAD(FLAT, journal_offset, 131072, -EINVAL, "journal (at 131072)"),
	BAD(FLAT, journal_size, 0, -EINVAL, "journal size is 0"),
	BAD(FLAT, journal_size, 65536 + 512, -EINVAL, "journal size is 66048"),
	BAD(FLAT, journal_size, 2ULL << 30, -EINVAL, "journal size"),
	BAD(FLAT, journal_tail_block, 256, -EINVAL, "journal tail is block 256"),
	BAD(FLAT, journal_tail_block, U64_MAX, -EINVAL, "journal tail"),
	BAD(FLAT, journal_tail_sequence, FVD_COUNTER_MAX + 1, -EINVAL,
	    "journal_tail_sequence is 4611686018427387905"),
	BAD(FLAT, stable_journal_epoch, U64_MAX, -EINVAL,
	    "stable_journal_epoch is"),
	BAD(FLAT, generation, U64_MAX, -EINVAL, "generation is"),
	BAD(FLAT, checksum_size, 0, -EINVAL, "checksum region size is 0"),
	BAD(FLAT, checksum_offset, 0, -EINVAL, "checksum region lies at 0"),
	BAD(FLAT, checksum_copy, 2, -EINVAL, "checksum copy is 2"),
	BAD(FLAT, profile_size, 4095, -EINVAL, "profile size is 4095"),
	BAD(FLAT, profile_size, 65 << 20, -EINVAL, "profile size"),
	BAD(FLAT, profile_size, 0, -EINVAL, "profile lies at"),
	BAD(FLAT, profile_offset, 0, -EINVAL, "profile lies at 0"),
	BAD(FLAT, data_offset, 0, -EINVAL, "data at 0"),
	BAD(FLAT, data_offset, (2 << 20) + 4096, -EINVAL, "data at 2101248"),
	BAD(FLAT, data_offset, 1 << 20, -EINVAL, "expected it page aligned between"),
	BAD(FLAT, data_offset, 1ULL << 62, -EINVAL, "data at"),
	BAD(FLAT, image_size, 1 << 20, -EINVAL, "image of 1048576"),
	BAD(FLAT, image_size, 1ULL << 63, -EINVAL, "image size"),
	BAD(DATA, data_offset, 1 << 20, -EINVAL, "data offset is 1048576"),
	BAD(DATA, image_size, 1 << 17, -EINVAL, "lies at"),
	BAD(FLAT, feature_incompat, 4, -EPROTONOSUPPORT, "features 4"),
	BAD(FLAT, feature_incompat, COMPACT | DATA, -EINVAL, "data device"),
	BAD(FLAT, state_flags, 4, -EINVAL, "state flags 4"),
	BAD(FLAT, base_stamp_kind, 2, -EINVAL, "base stamp kind is 2"),
	BAD(FLAT, clean_shutdown, 2, -EINVAL, "clean_shutdown is 2"),
	BAD(FLAT, copy_on_read, 256, -EINVAL, "copy_on_read is 256"),
	BAD(FLAT, base_img_fully_prefetched, 3, -EINVAL,
	    "base_img_fully_prefetched is 3"),
	BAD(FLAT, need_zero_init, 1, -EINVAL, "need_zero_init is 1"),
	BAD(FLAT, reserved_zero, 5, -EINVAL, "reserved_zero is 5"),
	{ FLAT, OFFSET(reserved), 1, 1, -EINVAL, "byte 3544 is 01" },
	{ FLAT, OFFSET(reserved) + 547, 1, 0xab, -EINVAL, "byte 4091 is ab" },
	{ FLAT, OFFSET(add_storage_cmd), 1, '/', -EINVAL, "command" },
	{ FLAT, OFFSET(add_storage_cmd) + 1023, 1, 1, -EINVAL, "command" },
	{ FLAT, OFFSET(label) + 63, 1, 'x', -EINVAL, "label" },
#undef BAD
};

static void put_little_endian(u8 *bytes, unsigned int nr_bytes, u64 value)
{
	unsigned int i;

	for (i = 0; i < nr_bytes; i++)
		bytes[i] = value >> 8 * i;
}

static void bad_field_is_refused_by_name(struct kunit *test)
{
	struct fvd_superblock *sb = fvd_test_zalloc(test, sizeof(*sb));
	const struct bad_field *bad;
	struct fvd_superblock_disk *disk;
	struct fvd_error error;
	unsigned int i;
	int r;

	for (i = 0; i < ARRAY_SIZE(bad_fields); i++) {
		bad = &bad_fields[i];
		disk = encode(test, fvd_test_superblock(test, bad->features));
		put_little_endian((u8 *)disk + bad->offset, bad->nr_bytes,
				  bad->value);
		seal(disk);
		memset(&error, 0, sizeof(error));
		r = fvd_superblock_decode(sb, disk, &error);
		KUNIT_EXPECT_EQ_MSG(test, r, bad->errnum, "%u: \"%s\"", i,
				    bad->word);
		KUNIT_EXPECT_TRUE_MSG(test, strstr(error.text, bad->word),
				      "%u: \"%s\" has no \"%s\"", i, error.text,
				      bad->word);
		KUNIT_EXPECT_EQ(test, fvd_superblock_decode(sb, disk, NULL),
				bad->errnum);
	}
}

static void text_without_end_is_refused_by_name(struct kunit *test)
{
	static const struct {
		unsigned int offset, nr_bytes;
		const char *word;
	} texts[] = {
		{ OFFSET(data_file), SIZE(data_file), "data_file " },
		{ OFFSET(data_file_fmt), SIZE(data_file_fmt), "data_file_fmt " },
		{ OFFSET(base_img), SIZE(base_img), "base_img " },
		{ OFFSET(base_img_fmt), SIZE(base_img_fmt), "base_img_fmt " },
	};
	struct fvd_superblock *sb = fvd_test_zalloc(test, sizeof(*sb));
	struct fvd_superblock_disk *disk;
	struct fvd_error error = { "" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		disk = encode(test, fvd_test_superblock(test, 0));
		memset((u8 *)disk + texts[i].offset, 'x', texts[i].nr_bytes);
		seal(disk);
		KUNIT_EXPECT_EQ(test, fvd_superblock_decode(sb, disk, &error), -EINVAL);
		KUNIT_EXPECT_TRUE_MSG(test, strstr(error.text, texts[i].word),
				      "\"%s\"", error.text);
	}
}

static void wrong_checksum_names_both(struct kunit *test)
{
	struct fvd_superblock *sb = fvd_test_zalloc(test, sizeof(*sb));
	struct fvd_superblock_disk *disk;
	struct fvd_error error = { "" };
	char want[64];

	disk = encode(test, fvd_test_superblock(test, 0));
	snprintf(want, sizeof(want), "checksum is 12345678, expected %08x",
		 le32_to_cpu(disk->crc));
	disk->crc = cpu_to_le32(0x12345678);
	KUNIT_EXPECT_EQ(test, fvd_superblock_decode(sb, disk, &error), -EBADMSG);
	KUNIT_EXPECT_TRUE_MSG(test, strstr(error.text, want), "%s", error.text);
}

/* What the tools ask before they write; decode never lets it come so far. */
static void validate_refuses_unknown_features(struct kunit *test)
{
	struct fvd_superblock *sb = fvd_test_superblock(test, 0);

	sb->feature_incompat |= 1ULL << 40;
	KUNIT_EXPECT_EQ(test, fvd_superblock_validate(sb, NULL), -EPROTONOSUPPORT);
}

static void unknown_compatible_features_are_kept(struct kunit *test)
{
	struct fvd_superblock *sb = fvd_test_superblock(test, 0);
	struct fvd_superblock *again = fvd_test_zalloc(test, sizeof(*again));

	sb->feature_compat = U64_MAX;
	sb->feature_ro_compat = U64_MAX;
	KUNIT_ASSERT_EQ(test, fvd_superblock_decode(again, encode(test, sb), NULL), 0);
	KUNIT_EXPECT_EQ(test, again->feature_compat, U64_MAX);
	KUNIT_EXPECT_EQ(test, again->feature_ro_compat, U64_MAX);
}

/* Two copies with generations; 0 makes a copy unreadable. */
struct pair {
	struct fvd_superblock *sb;
	const struct fvd_superblock_disk *disk[2];
	struct fvd_superblock_disk *writable[2];
};

static struct pair *new_pair(struct kunit *test, u64 generation0, u64 generation1)
{
	struct pair *pair = fvd_test_zalloc(test, sizeof(*pair));
	u64 generations[2] = { generation0, generation1 };
	unsigned int i;

	pair->sb = fvd_test_superblock(test, 0);
	for (i = 0; i < 2; i++) {
		if (!generations[i])
			continue;
		pair->sb->generation = generations[i];
		pair->writable[i] = encode(test, pair->sb);
		pair->disk[i] = pair->writable[i];
	}
	return pair;
}

static void expect_chosen(struct kunit *test, struct pair *pair,
			  unsigned int which, u64 generation)
{
	struct fvd_error error = { "" };
	unsigned int found = 9;
	int r;

	r = fvd_superblock_choose(pair->sb, pair->disk, &found, &error);
	KUNIT_EXPECT_EQ_MSG(test, r, 0, "%s", error.text);
	KUNIT_EXPECT_EQ(test, found, which);
	KUNIT_EXPECT_EQ(test, pair->sb->generation, generation);
	KUNIT_EXPECT_STREQ(test, error.text, "");
	KUNIT_EXPECT_EQ(test, fvd_superblock_choose(pair->sb, pair->disk, NULL,
						    NULL), 0);
}

/* Also: a message only if there is something to tell. */
static void newest_copy_is_chosen(struct kunit *test)
{
	expect_chosen(test, new_pair(test, 5, 6), 1, 6);
	expect_chosen(test, new_pair(test, 6, 5), 0, 6);
	expect_chosen(test, new_pair(test, 5, 5), 0, 5);
	expect_chosen(test, new_pair(test, FVD_COUNTER_MAX, 1), 0,
		      FVD_COUNTER_MAX);
}

static void readable_copy_is_chosen(struct kunit *test)
{
	expect_chosen(test, new_pair(test, 0, 6), 1, 6);
	expect_chosen(test, new_pair(test, 6, 0), 0, 6);
}

static void whole_copy_is_chosen_over_a_torn_newer_one(struct kunit *test)
{
	struct pair *pair = new_pair(test, 5, 6);

	memset(pair->writable[1]->reserved, 0x11, 100);
	expect_chosen(test, pair, 0, 5);
	pair = new_pair(test, 6, 5);
	memset(pair->writable[0], 0, FVD_SUPERBLOCK_BYTES);
	expect_chosen(test, pair, 1, 5);
}

static void expect_refused(struct kunit *test, struct pair *pair, int errnum,
			   const char *word)
{
	struct fvd_error error = { "" };
	int r;

	r = fvd_superblock_choose(pair->sb, pair->disk, NULL, &error);
	KUNIT_EXPECT_EQ(test, r, errnum);
	KUNIT_EXPECT_TRUE_MSG(test, strstr(error.text, word), "\"%s\"",
			      error.text);
	KUNIT_EXPECT_EQ(test, fvd_superblock_choose(pair->sb, pair->disk, NULL,
						    NULL), errnum);
}

static void without_a_good_copy_the_more_telling_error_counts(struct kunit *test)
{
	struct pair *pair = new_pair(test, 0, 0);

	expect_refused(test, pair, -EIO, "unreadable");
	pair = new_pair(test, 5, 0);
	pair->writable[0]->crc = 0;
	expect_refused(test, pair, -EBADMSG, "checksum is 00000000");
	pair = new_pair(test, 0, 5);
	pair->writable[1]->magic = 0;
	expect_refused(test, pair, -ENODATA, "magic");
	pair = new_pair(test, 5, 6);
	pair->writable[0]->magic = 0;
	pair->writable[1]->crc = 0;
	expect_refused(test, pair, -EBADMSG, "checksum is 00000000");
	pair = new_pair(test, 5, 6);
	pair->writable[0]->crc = 0;
	pair->writable[1]->magic = 0;
	expect_refused(test, pair, -EBADMSG, "checksum is 00000000");
}

/*
 * The newest copy was written by a later version that set a feature; the other
 * copy is from before. To take that one would be to ignore the feature.
 */
static void older_copy_is_no_way_around_an_unknown_feature(struct kunit *test)
{
	struct pair *pair = new_pair(test, 5, 6);

	pair->writable[1]->feature_incompat = cpu_to_le64(1ULL << 20);
	seal(pair->writable[1]);
	expect_refused(test, pair, -EPROTONOSUPPORT, "features 100000");
	pair = new_pair(test, 6, 5);
	pair->writable[0]->version = cpu_to_le32(4);
	seal(pair->writable[0]);
	expect_refused(test, pair, -EPROTONOSUPPORT, "version is 4");
	/* Nor around a value that makes no sense: somebody wrote it. */
	pair = new_pair(test, 6, 5);
	pair->writable[0]->block_size = 0;
	seal(pair->writable[0]);
	expect_refused(test, pair, -EINVAL, "block size is 0");
}

static void older_copy_does_not_hinder_the_newest(struct kunit *test)
{
	struct pair *pair = new_pair(test, 5, 6);

	pair->writable[0]->feature_incompat = cpu_to_le64(1ULL << 20);
	seal(pair->writable[0]);
	expect_chosen(test, pair, 1, 6);
	pair = new_pair(test, 6, 5);
	pair->writable[1]->version = cpu_to_le32(1);
	seal(pair->writable[1]);
	expect_chosen(test, pair, 0, 6);
}

static void copies_lie_64_kib_apart(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, fvd_superblock_offset_bytes(0), 0);
	KUNIT_EXPECT_EQ(test, fvd_superblock_offset_bytes(1), 65536);
}

static void page_checksum_depends_on_image_place_and_content(struct kunit *test)
{
	u8 *page = fvd_test_zalloc(test, FVD_PAGE_BYTES);
	u8 uuid[FVD_UUID_BYTES] = { 1 };
	u32 crc = fvd_page_crc(fvd_uuid_seed(uuid), 3, page);

	KUNIT_EXPECT_EQ(test, crc, fvd_page_crc(fvd_uuid_seed(uuid), 3, page));
	KUNIT_EXPECT_NE(test, crc, fvd_page_crc(fvd_uuid_seed(uuid), 4, page));
	page[4095] = 1;
	KUNIT_EXPECT_NE(test, crc, fvd_page_crc(fvd_uuid_seed(uuid), 3, page));
	page[4095] = 0;
	uuid[15] = 1;
	KUNIT_EXPECT_NE(test, crc, fvd_page_crc(fvd_uuid_seed(uuid), 3, page));
}

static void checksum_region_checksum_covers_all_of_it(struct kunit *test)
{
	u8 *region = fvd_test_zalloc(test, 8192);
	u32 crc = fvd_checksum_region_crc(7, region, 8192);

	KUNIT_EXPECT_NE(test, crc, fvd_checksum_region_crc(8, region, 8192));
	region[8191] = 1;
	KUNIT_EXPECT_NE(test, crc, fvd_checksum_region_crc(7, region, 8192));
}

static void base_samples_lie_in_the_base_and_reach_both_ends(struct kunit *test)
{
	static const u64 sizes[] = {
		512, 1024, 4096, 4608, 65536, 65536 + 512, 10 << 20,
		(10 << 20) + 512, 1ULL << 40, FVD_SIZE_MAX_BYTES,
	};
	u64 offset, last;
	unsigned int s, i;
	u32 nr_bytes;

	for (s = 0; s < ARRAY_SIZE(sizes); s++) {
		last = 0;
		for (i = 0; i < FVD_BASE_NR_SAMPLES; i++) {
			fvd_base_sample(sizes[s], i, &offset, &nr_bytes);
			KUNIT_EXPECT_EQ(test, nr_bytes, min_t(u64, sizes[s], 4096));
			KUNIT_EXPECT_EQ(test, offset % 4096, 0);
			KUNIT_EXPECT_GE(test, offset, last);
			KUNIT_EXPECT_LE(test, offset, sizes[s] - nr_bytes);
			if (i == 0)
				KUNIT_EXPECT_EQ(test, offset, 0);
			last = offset;
		}
		/* Rounded down, so that 4096-byte sectors can be read. */
		KUNIT_EXPECT_LT(test, sizes[s] - (offset + nr_bytes), 4096);
	}
}

static void base_samples_are_evenly_spaced(struct kunit *test)
{
	u64 offset;
	u32 nr_bytes;

	fvd_base_sample((1 << 20) + 4096, 1, &offset, &nr_bytes);
	KUNIT_EXPECT_EQ(test, offset, 65536);
	fvd_base_sample((1 << 20) + 4096, 14, &offset, &nr_bytes);
	KUNIT_EXPECT_EQ(test, offset, 14 * 65536);
}

static void sample_of_no_base_is_empty(struct kunit *test)
{
	u64 offset = 1;
	u32 nr_bytes = 1;

	fvd_base_sample(0, 15, &offset, &nr_bytes);
	KUNIT_EXPECT_EQ(test, offset, 0);
	KUNIT_EXPECT_EQ(test, nr_bytes, 0);
}

static void long_message_is_cut_off(struct kunit *test)
{
	struct fvd_error error;
	char *text = fvd_test_zalloc(test, 500);

	memset(text, 'x', 499);
	KUNIT_EXPECT_EQ(test, fvd_error_set(&error, -EIO, "%s", text), -EIO);
	KUNIT_EXPECT_EQ(test, strlen(error.text), sizeof(error.text) - 1);
	KUNIT_EXPECT_EQ(test, fvd_error_set(NULL, -EIO, "%s", text), -EIO);
}

static struct kunit_case fvd_format_cases[] = {
	KUNIT_CASE(published_fields_keep_their_offsets),
	KUNIT_CASE(image_starts_with_the_magic_and_little_endian_numbers),
	KUNIT_CASE(checksum_is_castagnoli),
	FVD_CASE(decode_gives_back_what_was_encoded, "I-FMT-2"),
	FVD_CASE(encode_gives_back_what_was_decoded, "I-FMT-2"),
	KUNIT_CASE(label_may_fill_its_field),
	KUNIT_CASE(any_flipped_bit_is_noticed),
	FVD_CASE(bad_field_is_refused_by_name, "I-FMT-1 I-FMT-3"),
	KUNIT_CASE(text_without_end_is_refused_by_name),
	KUNIT_CASE(wrong_checksum_names_both),
	KUNIT_CASE(validate_refuses_unknown_features),
	KUNIT_CASE(unknown_compatible_features_are_kept),
	KUNIT_CASE(newest_copy_is_chosen),
	KUNIT_CASE(readable_copy_is_chosen),
	KUNIT_CASE(whole_copy_is_chosen_over_a_torn_newer_one),
	KUNIT_CASE(without_a_good_copy_the_more_telling_error_counts),
	KUNIT_CASE(older_copy_is_no_way_around_an_unknown_feature),
	KUNIT_CASE(older_copy_does_not_hinder_the_newest),
	KUNIT_CASE(copies_lie_64_kib_apart),
	KUNIT_CASE(page_checksum_depends_on_image_place_and_content),
	KUNIT_CASE(checksum_region_checksum_covers_all_of_it),
	KUNIT_CASE(base_samples_lie_in_the_base_and_reach_both_ends),
	KUNIT_CASE(base_samples_are_evenly_spaced),
	KUNIT_CASE(sample_of_no_base_is_empty),
	KUNIT_CASE(long_message_is_cut_off),
	{}
};

static struct kunit_suite fvd_format_suite = {
	.name = "fvd_format",
	.test_cases = fvd_format_cases,
};

kunit_test_suite(fvd_format_suite);
