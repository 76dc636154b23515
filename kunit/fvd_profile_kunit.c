// SPDX-License-Identifier: GPL-2.0-only
/*
 * Access profiles: recording, the bytes, what is refused, the order of reading.
 */
#include "fvd_test.h"
#include "../dm-fvd/fvd-bitmap.h"
#include "../dm-fvd/fvd-profile.h"

#define MS		1000000ULL
#define MAX_ENTRIES	200U
#define BASE_UNITS	1000U
/* The last unit is cut off. */
#define BASE_BYTES	(BASE_UNITS * 4096ULL - 512)
#define BASE_SECTORS	(BASE_BYTES / 512)

struct fixture {
	struct fvd_profile_base base;
	struct fvd_profile_recorder recorder;
	struct fvd_profile decoded;
	u8 *bytes;
	u64 nr_bytes;
	u32 *scratch;
	struct fvd_error error;
};

static struct fixture *new_fixture(struct kunit *test)
{
	struct fixture *f = fvd_test_zalloc(test, sizeof(*f));
	u64 nr_words = fvd_profile_bitmap_words(BASE_BYTES);
	const size_t entry = sizeof(struct fvd_profile_entry);

	f->base.size_bytes = BASE_BYTES;
	f->base.stamp_kind = FVD_BASE_STAMP_SAMPLES;
	f->base.stamp[2] = 0xab;
	f->nr_bytes = fvd_profile_bytes(MAX_ENTRIES);
	f->bytes = fvd_test_zalloc(test, f->nr_bytes);
	f->scratch = fvd_test_zalloc(test, MAX_ENTRIES * sizeof(u32));
	f->decoded.entries = fvd_test_zalloc(test, MAX_ENTRIES * entry);
	f->decoded.max_entries = MAX_ENTRIES;
	fvd_profile_record_start(&f->recorder, BASE_BYTES,
				 fvd_test_zalloc(test, nr_words * 8),
				 fvd_test_zalloc(test, MAX_ENTRIES * entry),
				 MAX_ENTRIES, 1000 * MS);
	return f;
}

static void touch(struct fixture *f, u64 unit, u64 nr_units, u64 ms)
{
	fvd_profile_record(&f->recorder, unit * 8, nr_units * 8, (1000 + ms) * MS);
}

static void expect_entry(struct kunit *test, const struct fvd_profile *profile,
			 u32 i, u64 first, u32 nr, u32 ms)
{
	KUNIT_ASSERT_LT(test, i, profile->nr_entries);
	KUNIT_EXPECT_EQ(test, profile->entries[i].first_unit, first);
	KUNIT_EXPECT_EQ(test, profile->entries[i].nr_units, nr);
	KUNIT_EXPECT_EQ(test, profile->entries[i].time_ms, ms);
}

static int decode(struct fixture *f)
{
	return fvd_profile_decode(&f->decoded, f->scratch, f->bytes, f->nr_bytes,
				  &f->base, &f->error);
}

static void encode(struct fixture *f)
{
	fvd_profile_encode(&f->recorder.profile, &f->base, f->bytes);
}

static void first_touches_are_kept_in_their_order(struct kunit *test)
{
	struct fixture *f = new_fixture(test);
	const struct fvd_profile *profile = &f->recorder.profile;

	touch(f, 500, 2, 5);
	touch(f, 10, 1, 7);
	touch(f, 500, 2, 9);
	KUNIT_EXPECT_EQ(test, profile->nr_entries, 2);
	expect_entry(test, profile, 0, 500, 2, 5);
	expect_entry(test, profile, 1, 10, 1, 7);
	KUNIT_EXPECT_EQ(test, profile->nr_units, 3);
	KUNIT_EXPECT_EQ(test, profile->duration_ms, 7);
}

static void streams_beside_one_another_are_joined(struct kunit *test)
{
	struct fixture *f = new_fixture(test);
	const struct fvd_profile *profile = &f->recorder.profile;
	unsigned int i;

	for (i = 0; i < 20; i++) {
		touch(f, 100 + i, 1, i);
		touch(f, 500 + i, 1, i);
	}
	KUNIT_EXPECT_EQ(test, profile->nr_entries, 2);
	expect_entry(test, profile, 0, 100, 20, 0);
	expect_entry(test, profile, 1, 500, 20, 0);
}

static void only_what_was_not_touched_is_added(struct kunit *test)
{
	struct fixture *f = new_fixture(test);
	const struct fvd_profile *profile = &f->recorder.profile;

	touch(f, 20, 10, 1);
	touch(f, 15, 20, 2);
	KUNIT_EXPECT_EQ(test, profile->nr_entries, 2);
	/* 30 to 34 go on where the first one ended. */
	expect_entry(test, profile, 0, 20, 15, 1);
	expect_entry(test, profile, 1, 15, 5, 2);
	KUNIT_EXPECT_TRUE(test, fvd_profile_seen(&f->recorder, 15 * 8, 160));
	KUNIT_EXPECT_FALSE(test, fvd_profile_seen(&f->recorder, 14 * 8, 16));
}

static void the_end_of_the_base_is_the_end(struct kunit *test)
{
	struct fixture *f = new_fixture(test);
	const struct fvd_profile *profile = &f->recorder.profile;

	touch(f, BASE_UNITS, 5, 1);
	touch(f, BASE_UNITS + 100000, 1, 1);
	KUNIT_EXPECT_EQ(test, profile->nr_entries, 0);
	KUNIT_EXPECT_TRUE(test, fvd_profile_seen(&f->recorder,
						 BASE_UNITS * 8, 80));
	touch(f, BASE_UNITS - 1, 50, 2);
	KUNIT_EXPECT_EQ(test, profile->nr_entries, 1);
	expect_entry(test, profile, 0, BASE_UNITS - 1, 1, 2);
}

static void memory_is_bounded_and_says_when_it_is_full(struct kunit *test)
{
	struct fixture *f = new_fixture(test);
	const struct fvd_profile *profile = &f->recorder.profile;
	unsigned int i;

	for (i = 0; i < MAX_ENTRIES; i++)
		touch(f, 2 * i, 1, i);
	KUNIT_EXPECT_FALSE(test, profile->truncated);
	touch(f, 2 * MAX_ENTRIES, 1, i);
	KUNIT_EXPECT_TRUE(test, profile->truncated);
	KUNIT_EXPECT_EQ(test, profile->nr_entries, MAX_ENTRIES);
	encode(f);
	KUNIT_EXPECT_EQ(test, decode(f), 0);
	KUNIT_EXPECT_TRUE(test, f->decoded.truncated);
}

static void a_clock_that_runs_backwards_does_no_harm(struct kunit *test)
{
	struct fixture *f = new_fixture(test);

	touch(f, 10, 1, 50);
	touch(f, 20, 1, 40);
	expect_entry(test, &f->recorder.profile, 1, 20, 1, 50);
}

/* I-PRF-1, I-PRF-3; what is recorded can be decoded. */
static void random_recordings_survive_the_disk(struct kunit *test)
{
	struct fixture *f = new_fixture(test);
	const struct fvd_profile *a = &f->recorder.profile, *b = &f->decoded;
	struct fvd_random random;
	unsigned int i;
	u64 units = 0;

	fvd_random_start(test, &random);
	for (i = 0; i < 150; i++)
		touch(f, fvd_random_below(&random, BASE_UNITS + 10),
		      1 + fvd_random_below(&random, 20), i);
	encode(f);
	KUNIT_ASSERT_EQ(test, decode(f), 0);
	KUNIT_EXPECT_EQ(test, b->nr_entries, a->nr_entries);
	KUNIT_EXPECT_EQ(test, b->unit_shift, a->unit_shift);
	KUNIT_EXPECT_EQ(test, b->nr_units, a->nr_units);
	KUNIT_EXPECT_EQ(test, b->duration_ms, a->duration_ms);
	for (i = 0; i < a->nr_entries; i++) {
		expect_entry(test, b, i, a->entries[i].first_unit,
			     a->entries[i].nr_units, a->entries[i].time_ms);
		units += a->entries[i].nr_units;
	}
	KUNIT_EXPECT_EQ(test, units, a->nr_units);
	KUNIT_EXPECT_EQ(test, fvd_bitmap_count(f->recorder.touched, 0, BASE_UNITS),
			units);
}

/* One wrong byte anywhere in header or entries. */
static void any_flipped_bit_is_noticed(struct kunit *test)
{
	struct fixture *f = new_fixture(test);
	u64 nr, i;

	touch(f, 500, 2, 5);
	touch(f, 10, 1, 7);
	encode(f);
	nr = fvd_profile_bytes(f->recorder.profile.nr_entries);
	for (i = 0; i < nr * 8; i++) {
		f->bytes[i / 8] ^= 1 << i % 8;
		f->error.text[0] = '\0';
		KUNIT_EXPECT_NE(test, decode(f), 0);
		KUNIT_EXPECT_NE(test, f->error.text[0], '\0');
		f->bytes[i / 8] ^= 1 << i % 8;
	}
	KUNIT_EXPECT_EQ(test, decode(f), 0);
}

static void nothing_and_too_little_are_no_profile(struct kunit *test)
{
	struct fixture *f = new_fixture(test);
	u32 nr = 7;

	KUNIT_EXPECT_EQ(test, decode(f), -ENODATA);
	touch(f, 1, 1, 1);
	encode(f);
	KUNIT_EXPECT_EQ(test, fvd_profile_peek(f->bytes, 127, &nr, NULL), -ENODATA);
	KUNIT_EXPECT_EQ(test, fvd_profile_peek(f->bytes, 128, &nr, NULL), -EINVAL);
	KUNIT_EXPECT_EQ(test, nr, 7);
	KUNIT_EXPECT_EQ(test, fvd_profile_peek(f->bytes, 144, &nr, NULL), 0);
	KUNIT_EXPECT_EQ(test, nr, 1);
	f->decoded.max_entries = 0;
	KUNIT_EXPECT_EQ(test, decode(f), -ENOSPC);
}

static void another_base_is_refused(struct kunit *test)
{
	struct fixture *f = new_fixture(test);
	struct fvd_profile_base found;

	touch(f, 1, 1, 1);
	encode(f);
	fvd_profile_read_base(&found, f->bytes);
	KUNIT_EXPECT_MEMEQ(test, &found.stamp, &f->base.stamp, sizeof(found.stamp));
	KUNIT_EXPECT_EQ(test, found.size_bytes, BASE_BYTES);
	f->base.stamp[31] ^= 1;
	KUNIT_EXPECT_EQ(test, decode(f), -ESTALE);
	f->base.stamp[31] ^= 1;
	f->base.stamp_kind = FVD_BASE_STAMP_NONE;
	KUNIT_EXPECT_EQ(test, decode(f), -ESTALE);
	f->base.stamp_kind = FVD_BASE_STAMP_SAMPLES;
	f->base.size_bytes += 512;
	KUNIT_EXPECT_EQ(test, decode(f), -ESTALE);
	f->base.size_bytes -= 512;
	KUNIT_EXPECT_EQ(test, decode(f), 0);
}

/* Encode what no recorder makes, with a right checksum. */
static int decode_forged(struct fixture *f, u64 first, u32 nr, u32 ms)
{
	struct fvd_profile_entry *entry = &f->recorder.profile.entries[1];
	struct fvd_profile_entry was = *entry;
	u64 units = f->recorder.profile.nr_units;
	int r;

	*entry = (struct fvd_profile_entry){ first, nr, ms };
	f->recorder.profile.nr_units += nr;
	f->recorder.profile.nr_units -= was.nr_units;
	encode(f);
	r = decode(f);
	*entry = was;
	f->recorder.profile.nr_units = units;
	return r;
}

static void entries_that_make_no_sense_are_refused(struct kunit *test)
{
	struct fixture *f = new_fixture(test);

	touch(f, 500, 10, 5);
	touch(f, 10, 10, 7);
	touch(f, 700, 10, 9);
	KUNIT_EXPECT_EQ(test, decode_forged(f, 490, 10, 7), 0);
	KUNIT_EXPECT_EQ(test, decode_forged(f, BASE_UNITS - 1, 1, 7), 0);
	/* empty, beyond, over the end, wrapping */
	KUNIT_EXPECT_EQ(test, decode_forged(f, 10, 0, 7), -EINVAL);
	KUNIT_EXPECT_EQ(test, decode_forged(f, BASE_UNITS, 1, 7), -EINVAL);
	KUNIT_EXPECT_EQ(test, decode_forged(f, BASE_UNITS - 1, 2, 7), -EINVAL);
	KUNIT_EXPECT_EQ(test, decode_forged(f, U64_MAX, 2, 7), -EINVAL);
	KUNIT_EXPECT_EQ(test, decode_forged(f, 10, U32_MAX, 7), -EINVAL);
	/* overlaps: at the start, at the end, within, around, the same */
	KUNIT_EXPECT_EQ(test, decode_forged(f, 491, 10, 7), -EINVAL);
	KUNIT_EXPECT_EQ(test, decode_forged(f, 509, 10, 7), -EINVAL);
	KUNIT_EXPECT_EQ(test, decode_forged(f, 505, 1, 7), -EINVAL);
	KUNIT_EXPECT_EQ(test, decode_forged(f, 400, 200, 7), -EINVAL);
	KUNIT_EXPECT_EQ(test, decode_forged(f, 700, 10, 7), -EINVAL);
	/* times */
	KUNIT_EXPECT_EQ(test, decode_forged(f, 10, 10, 4), -EINVAL);
	KUNIT_EXPECT_EQ(test, decode_forged(f, 10, 10, 10), -EINVAL);
}

static void headers_that_make_no_sense_are_refused(struct kunit *test)
{
	static const u32 shifts[] = { 0, 9, 11, 31 };
	struct fixture *f = new_fixture(test);
	unsigned int i;

	touch(f, 1, 1, 1);
	for (i = 0; i < ARRAY_SIZE(shifts); i++) {
		f->recorder.profile.unit_shift = shifts[i];
		encode(f);
		KUNIT_EXPECT_EQ(test, decode(f), -EINVAL);
	}
	f->recorder.profile.unit_shift = 12;
	f->recorder.profile.nr_units = 2;
	encode(f);
	KUNIT_EXPECT_EQ(test, decode(f), -EINVAL);
	f->recorder.profile.nr_units = 1;
	f->base.size_bytes = U64_MAX;
	encode(f);
	KUNIT_EXPECT_EQ(test, decode(f), -EINVAL);
	/* An absurd count does not lead the checksum beyond the region. */
	f->base.size_bytes = BASE_BYTES;
	encode(f);
	memset(f->bytes + 24, 0xff, 4);
	KUNIT_EXPECT_EQ(test, decode(f), -EINVAL);
}

/* Bytes of the header that no recorder writes, with a right checksum. */
static int decode_header(struct fixture *f, u32 at, const void *value,
			 size_t nr_bytes)
{
	__le32 crc;

	encode(f);
	memcpy(f->bytes + at, value, nr_bytes);
	crc = cpu_to_le32(crc32c(~0U, f->bytes + 12,
				 fvd_profile_bytes(f->recorder.profile.nr_entries) - 12));
	memcpy(f->bytes + 8, &crc, sizeof(crc));
	return decode(f);
}

static void header_fields_of_other_formats_are_refused(struct kunit *test)
{
	static const struct {
		u32 at;
		u32 value;
		int error;
	} fields[] = {
		{ 12, 2, -EPROTONOSUPPORT },	/* version */
		{ 16, 256, -EINVAL },		/* bytes of the header */
		{ 20, 32, -EINVAL },		/* bytes of an entry */
		{ 28, 4096 + 512, -EINVAL },	/* bytes of a unit */
		{ 28, 2048, -EINVAL },
		{ 28, 1U << 31, -EINVAL },
		{ 44, 1U << 31, -EINVAL },	/* flags */
		{ 92, 1, -EINVAL },		/* reserved */
		{ 124, 1U << 31, -EINVAL },
		{ 44, FVD_PROFILE_TRUNCATED, 0 },
	};
	struct fixture *f = new_fixture(test);
	unsigned int i;
	__le32 value;

	touch(f, 1, 1, 1);
	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		value = cpu_to_le32(fields[i].value);
		KUNIT_EXPECT_EQ(test, decode_header(f, fields[i].at, &value, 4),
				fields[i].error);
	}
}

static void the_base_is_that_of_the_superblock(struct kunit *test)
{
	struct fvd_superblock *sb = fvd_test_superblock(test, 0);
	struct fvd_profile_base base;

	fvd_profile_base_of(&base, sb);
	KUNIT_EXPECT_EQ(test, base.size_bytes, sb->base_size_bytes);
	KUNIT_EXPECT_EQ(test, base.stamp_kind, sb->base_stamp_kind);
	KUNIT_EXPECT_MEMEQ(test, base.stamp, sb->base_stamp, sizeof(base.stamp));
}

static void units_grow_with_the_base(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, fvd_profile_unit_shift(512), 12);
	KUNIT_EXPECT_EQ(test, fvd_profile_unit_shift(32ULL << 30), 12);
	KUNIT_EXPECT_EQ(test, fvd_profile_unit_shift((32ULL << 30) + 1), 13);
	KUNIT_EXPECT_EQ(test, fvd_profile_unit_shift(1ULL << 40), 17);
	KUNIT_EXPECT_LE(test, fvd_profile_bitmap_words(1ULL << 40), 131072);
	KUNIT_EXPECT_EQ(test, fvd_profile_unit_shift(FVD_SIZE_MAX_BYTES), 30);
	KUNIT_EXPECT_EQ(test, fvd_profile_room(262144), 16376);
	KUNIT_EXPECT_EQ(test, fvd_profile_room(0), 0);
	KUNIT_EXPECT_EQ(test, fvd_profile_room(U64_MAX), FVD_PROFILE_MAX_ENTRIES);
}

static void a_sweep_is_sorted_and_gaps_are_closed(struct kunit *test)
{
	struct fixture *f = new_fixture(test);
	struct fvd_profile *profile = &f->recorder.profile;

	touch(f, 300, 4, 1);
	touch(f, 100, 4, 2);
	/* 16 units are 64 KiB: near; 17 are not. */
	touch(f, 120, 4, 3);
	touch(f, 141, 4, 4);
	fvd_profile_sort(profile);
	KUNIT_EXPECT_EQ(test, profile->nr_entries, 3);
	expect_entry(test, profile, 0, 100, 24, 2);
	expect_entry(test, profile, 1, 141, 4, 4);
	expect_entry(test, profile, 2, 300, 4, 1);
	KUNIT_EXPECT_EQ(test, profile->nr_units, 32);
}

static void sweeps_stay_in_the_order_of_time(struct kunit *test)
{
	struct fixture *f = new_fixture(test);
	struct fvd_profile *profile = &f->recorder.profile;

	/* 4 MiB are 1024 units: more than this base, so forge a larger one. */
	profile->nr_entries = 3;
	profile->entries[0] = (struct fvd_profile_entry){ 50000, 800, 1 };
	profile->entries[1] = (struct fvd_profile_entry){ 40000, 200, 2 };
	profile->entries[2] = (struct fvd_profile_entry){ 10, 100, 3 };
	fvd_profile_sort(profile);
	KUNIT_EXPECT_EQ(test, profile->nr_entries, 3);
	expect_entry(test, profile, 0, 40000, 200, 2);
	expect_entry(test, profile, 1, 50000, 800, 1);
	expect_entry(test, profile, 2, 10, 100, 3);
}

/* Every recorded unit is read, nothing behind the base's end. */
static void pieces_cover_all_that_was_recorded(struct kunit *test)
{
	struct fixture *f = new_fixture(test);
	struct fvd_profile_cursor cursor = { };
	struct fvd_random random;
	u64 sector, nr, i, words = fvd_bitmap_words(BASE_UNITS);
	__le64 *read = fvd_test_zalloc(test, words * 8);

	fvd_random_start(test, &random);
	touch(f, BASE_UNITS - 1, 1, 0);
	for (i = 0; i < 150; i++)
		touch(f, fvd_random_below(&random, BASE_UNITS),
		      1 + fvd_random_below(&random, 20), i);
	fvd_profile_sort(&f->recorder.profile);
	while (fvd_profile_next(&f->recorder.profile, &cursor, BASE_SECTORS, 100,
				&sector, &nr)) {
		KUNIT_ASSERT_GT(test, nr, 0);
		KUNIT_ASSERT_LE(test, nr, 100);
		KUNIT_ASSERT_LE(test, sector + nr, BASE_SECTORS);
		fvd_bitmap_fill(read, sector / 8, (sector + nr + 7) / 8, true);
	}
	for (i = 0; i < words; i++)
		KUNIT_EXPECT_EQ(test, le64_to_cpu(f->recorder.touched[i] & ~read[i]),
				0);
	KUNIT_EXPECT_FALSE(test, fvd_profile_next(&f->recorder.profile, &cursor,
						  BASE_SECTORS, 100, &sector, &nr));
}

static struct kunit_case fvd_profile_cases[] = {
	KUNIT_CASE(first_touches_are_kept_in_their_order),
	KUNIT_CASE(streams_beside_one_another_are_joined),
	FVD_CASE(only_what_was_not_touched_is_added, "I-PRF-3"),
	KUNIT_CASE(the_end_of_the_base_is_the_end),
	KUNIT_CASE(memory_is_bounded_and_says_when_it_is_full),
	KUNIT_CASE(a_clock_that_runs_backwards_does_no_harm),
	FVD_CASE(random_recordings_survive_the_disk, "I-PRF-1 I-PRF-3"),
	KUNIT_CASE(any_flipped_bit_is_noticed),
	KUNIT_CASE(nothing_and_too_little_are_no_profile),
	KUNIT_CASE(another_base_is_refused),
	FVD_CASE(entries_that_make_no_sense_are_refused, "I-PRF-2"),
	FVD_CASE(headers_that_make_no_sense_are_refused, "I-PRF-2"),
	KUNIT_CASE(header_fields_of_other_formats_are_refused),
	KUNIT_CASE(the_base_is_that_of_the_superblock),
	KUNIT_CASE(units_grow_with_the_base),
	KUNIT_CASE(a_sweep_is_sorted_and_gaps_are_closed),
	KUNIT_CASE(sweeps_stay_in_the_order_of_time),
	KUNIT_CASE(pieces_cover_all_that_was_recorded),
	{}
};

static struct kunit_suite fvd_profile_suite = {
	.name = "fvd_profile",
	.test_cases = fvd_profile_cases,
};

kunit_test_suite(fvd_profile_suite);
