// SPDX-License-Identifier: GPL-2.0-only
/*
 * Routing of bios (fvd-bio.c), with the rest of the engine replaced by notes of
 * who was called. For what no user of a block device can ask for: user space has
 * no way to send a write-zeroes with FUA, file systems and targets above have.
 *
 * In the kernel only; the suites named fvd_* run in user space as well.
 */
#include "fvd_test_map.h"

#include "../dm-fvd/fvd-bio.c"

static struct {
	unsigned int joined;
	unsigned int ended;
	unsigned int written;
	blk_status_t status;
} called;

void fvd_commit_join(struct fvd_io *io)
{
	called.joined++;
}

void fvd_io_end(struct fvd_io *io, blk_status_t status)
{
	called.ended++;
	called.status = status;
}

void fvd_io_drain_endio(struct bio *bio)
{
}

DEFINE_STATIC_KEY_FALSE(fvd_watch_key);
DEFINE_STATIC_KEY_FALSE(fvd_observe_key);

void fvd_watch_now(struct fvd_io *io)
{
}

void fvd_watch_stage(struct fvd_io *io, enum fvd_stage stage)
{
}

void fvd_watch_hook(struct fvd_io *io)
{
}

struct percpu_ref *fvd_drain_get(struct fvd_image *image)
{
	return NULL;
}

enum fvd_verdict fvd_write_begin(struct fvd_io *io)
{
	called.written++;
	return FVD_TAKEN;
}

void fvd_write_in_place(struct fvd_io *io, u64 image_sector)
{
	called.written++;
}

u32 fvd_discard_whole_chunks(const struct fvd_image *image, u64 sector,
			     u64 nr_sectors)
{
	return 0;
}

enum fvd_verdict fvd_discard_chunks(struct fvd_io *io)
{
	return FVD_TAKEN;
}

u32 fvd_fetch_limit_sectors(struct fvd_image *image, u64 sector, u32 nr_sectors)
{
	return nr_sectors;
}

enum fvd_verdict fvd_fetch_begin(struct fvd_io *io)
{
	return FVD_TAKEN;
}

struct fvd_io *fvd_io_of(struct bio *bio)
{
	return NULL;
}

void fvd_base_read(struct fvd_io *io)
{
}

bool fvd_base_wait(struct fvd_io *io, blk_status_t status)
{
	return false;
}

void fvd_base_failed(struct fvd_image *image, u64 sector, u32 nr_sectors,
		     blk_status_t status)
{
}

struct fixture {
	struct fvd_image image;
	struct fvd_io io;
	struct bio bio;
};

/* A disk of 1 MiB, all over the base; its chunk 3, of 64 KiB, is ZERO. */
static struct fixture *new_fixture(struct kunit *test)
{
	const struct fvd_layout_request request = {
		.virtual_size_bytes = 1 << 20,
		.base_size_bytes = 1 << 20,
		.block_size_bytes = 4096,
		.chunk_size_bytes = 65536,
		.compact = true,
	};
	struct fixture *f = fvd_test_zalloc(test, sizeof(*f));

	f->image.map = fvd_test_image(test, &request)->map;
	fvd_map_reset_chunk(&f->image.map, 3, FVD_ENTRY_ZERO);
	f->image.mode = FVD_MODE_RW;
	memset(&called, 0, sizeof(called));
	return f;
}

/* The second block of chunk 3. */
static void zero_it(struct fixture *f, blk_opf_t flags)
{
	bio_init(&f->bio, NULL, NULL, 0, REQ_OP_WRITE_ZEROES | flags);
	f->bio.bi_iter.bi_sector = 3 * 128 + 8;
	f->bio.bi_iter.bi_size = 4096;
	fvd_io_init(&f->io, &f->image, NULL, &f->bio);
}

/* The zeros may be there by a reset that only memory knows. */
static void zeroes_with_fua_over_zeros_join_the_commit(struct kunit *test)
{
	struct fixture *f = new_fixture(test);

	f->image.pending.guest = true;
	zero_it(f, REQ_FUA);
	KUNIT_EXPECT_EQ(test, fvd_bio_begin(&f->io), FVD_TAKEN);
	KUNIT_EXPECT_EQ(test, called.joined, 1);
	KUNIT_EXPECT_EQ(test, called.ended, 0);
	KUNIT_EXPECT_EQ(test, called.written, 0);
}

static void zeroes_with_fua_wait_for_a_commit_that_runs(struct kunit *test)
{
	struct fixture *f = new_fixture(test);

	f->image.commit.running = true;
	zero_it(f, REQ_FUA);
	KUNIT_EXPECT_EQ(test, fvd_bio_begin(&f->io), FVD_TAKEN);
	KUNIT_EXPECT_EQ(test, called.joined, 1);
	KUNIT_EXPECT_EQ(test, called.ended, 0);
}

static void zeroes_over_durable_zeros_end_at_once(struct kunit *test)
{
	struct fixture *f = new_fixture(test);

	zero_it(f, REQ_FUA);
	KUNIT_EXPECT_EQ(test, fvd_bio_begin(&f->io), FVD_TAKEN);
	KUNIT_EXPECT_EQ(test, called.joined, 0);
	KUNIT_EXPECT_EQ(test, called.ended, 1);
	KUNIT_EXPECT_EQ(test, called.status, BLK_STS_OK);
	f->image.pending.guest = true;
	zero_it(f, 0);
	KUNIT_EXPECT_EQ(test, fvd_bio_begin(&f->io), FVD_TAKEN);
	KUNIT_EXPECT_EQ(test, called.joined, 0);
	KUNIT_EXPECT_EQ(test, called.ended, 2);
	KUNIT_EXPECT_EQ(test, called.written, 0);
}

static void mode_fail_ends_everything_with_an_error(struct kunit *test)
{
	static const enum req_op ops[] = {
		REQ_OP_READ, REQ_OP_WRITE, REQ_OP_WRITE_ZEROES, REQ_OP_DISCARD
	};
	struct fixture *f = new_fixture(test);
	unsigned int i;

	f->image.mode = FVD_MODE_FAIL;
	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		zero_it(f, 0);
		f->bio.bi_opf = ops[i];
		KUNIT_EXPECT_EQ(test, fvd_bio_begin(&f->io), FVD_TAKEN);
		KUNIT_EXPECT_EQ(test, called.ended, i + 1);
		KUNIT_EXPECT_EQ(test, called.status, BLK_STS_IOERR);
	}
	KUNIT_EXPECT_EQ(test, called.written, 0);
}

/* Of 256 sectors, all in the image one behind the other, from sector 120 on. */
static u32 limit_of_a_write(struct fixture *f)
{
	const struct fvd_run run = {
		.where = FVD_IN_IMAGE,
		.nr_sectors = 256,
	};

	bio_init(&f->bio, NULL, NULL, 0, REQ_OP_WRITE);
	f->bio.bi_iter.bi_sector = 120;
	f->bio.bi_iter.bi_size = 256 << SECTOR_SHIFT;
	return fvd_bio_limit_sectors(&f->image, &f->bio, &run);
}

/* A chunk may be discarded before the write is looked at again. I-WRT-4 */
static void write_to_a_compact_image_is_cut_at_its_chunk(struct kunit *test)
{
	struct fixture *f = new_fixture(test);

	KUNIT_EXPECT_EQ(test, limit_of_a_write(f), 8);
}

static void write_to_what_a_flat_image_has_is_not_cut(struct kunit *test)
{
	struct fixture *f = new_fixture(test);

	f->image.map.table = NULL;
	KUNIT_EXPECT_EQ(test, limit_of_a_write(f), 256);
}

static struct kunit_case engine_bio_cases[] = {
	FVD_CASE(write_to_a_compact_image_is_cut_at_its_chunk, "I-WRT-4"),
	KUNIT_CASE(write_to_what_a_flat_image_has_is_not_cut),
	KUNIT_CASE(zeroes_with_fua_over_zeros_join_the_commit),
	KUNIT_CASE(zeroes_with_fua_wait_for_a_commit_that_runs),
	KUNIT_CASE(zeroes_over_durable_zeros_end_at_once),
	KUNIT_CASE(mode_fail_ends_everything_with_an_error),
	{ }
};

static struct kunit_suite engine_bio_suite = {
	.name = "engine_bio",
	.test_cases = engine_bio_cases,
};

kunit_test_suites(&engine_bio_suite);
