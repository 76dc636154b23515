// SPDX-License-Identifier: GPL-2.0-only
/*
 * The map function (dm-fvd-target.c), with the engine below it replaced by notes
 * of who was called: what a write sees when a commit fails while it is mapped.
 * The window is a few instructions wide. Here each memory barrier of the lookup
 * is a place where the commit can fail, one after the other.
 *
 * In the kernel only. What engine_bio_kunit.c or dm-fvd has under the same name
 * has another name here.
 */
#include <kunit/test.h>
#include <linux/device-mapper.h>
#include <linux/module.h>

static void commit_may_fail_here(void);

#undef smp_rmb
#define smp_rmb()	commit_may_fail_here() /* not a barrier: a place between two */

#include "fvd_test_map.h"

#define fvd_io_of	target_io_of
#define fvd_write_begin	target_write_begin
#define fvd_drain_get	target_drain_get
#undef module_init
#define module_init(fn)	\
	static void __init __maybe_unused call_##fn(void) { (void)fn(); }
#undef module_exit
#define module_exit(fn)	\
	static void __exit __maybe_unused call_##fn(void) { fn(); }
#define dm_per_bio_data	the_per_bio_data

#include "../dm-fvd/dm-fvd.h"

static struct fvd_io the_io;
static struct percpu_ref the_ref;

static void *the_per_bio_data(struct bio *bio, size_t size)
{
	return &the_io;
}

#include "../dm-fvd/dm-fvd-target.c"

static struct {
	struct fvd_image *image;
	unsigned int barriers_left;	/* until the commit fails; 0: it did, or never */
	unsigned int written;
} now;

/* What fvd_image_failed() and commit_settle() do, in this order. */
static void commit_may_fail_here(void)
{
	if (!now.barriers_left || --now.barriers_left)
		return;
	now.image->mode = FVD_MODE_RO;
	fvd_image_note_way(now.image);
	now.image->commit.running = false;
}

enum fvd_verdict fvd_write_begin(struct fvd_io *io)
{
	now.written++;
	return FVD_TAKEN;
}

bool fvd_write_block(struct fvd_io *io, struct fvd_image *image,
		     struct block_device *base, struct bio *bio)
{
	return false;
}

struct percpu_ref *fvd_drain_get(struct fvd_image *image)
{
	percpu_ref_get(&the_ref);
	return &the_ref;
}

void fvd_commit_join_now(struct fvd_io *io)
{
}

bool fvd_observe_sample(struct fvd_image *image)
{
	return false;
}

void fvd_observe_touch(struct fvd_image *image, const struct bio *bio)
{
}

bool fvd_observe_wants_times(const struct fvd_image *image)
{
	return false;
}

void fvd_registry_bind(struct fvd_target *target)
{
}

bool fvd_registry_is_bound(const struct fvd_target *target)
{
	return true;
}

int fvd_image_activate(struct fvd_image *image)
{
	return 0;
}

void fvd_image_deactivate(struct fvd_image *image)
{
}

void fvd_base_activate(struct fvd_image *image)
{
}

void fvd_base_push_back(struct fvd_image *image)
{
}

int fvd_target_ctr(struct dm_target *ti, unsigned int argc, char **argv)
{
	return -EINVAL;
}

void fvd_target_dtr(struct dm_target *ti)
{
}

void fvd_target_status(struct dm_target *ti, status_type_t type,
		       unsigned int status_flags, char *result,
		       unsigned int maxlen)
{
}

int fvd_target_message(struct dm_target *ti, unsigned int argc, char **argv,
		       char *result, unsigned int maxlen)
{
	return -EINVAL;
}

void fvd_debugfs_init(void)
{
}

void fvd_debugfs_exit(void)
{
}

void fvd_debugfs_add(struct fvd_image *image)
{
}

void fvd_debugfs_remove(struct fvd_image *image)
{
}

struct fixture {
	struct fvd_image image;
	struct fvd_target target;
	struct dm_target ti;
	struct bio bio;
};

/* A disk of 1 MiB; all blocks of its chunk 2 are in the image. */
static struct fixture *new_fixture(struct kunit *test, bool compact)
{
	const struct fvd_layout_request request = {
		.virtual_size_bytes = 1 << 20,
		.base_size_bytes = 1 << 20,
		.block_size_bytes = 4096,
		.chunk_size_bytes = 65536,
		.compact = compact,
	};
	struct fixture *f = fvd_test_zalloc(test, sizeof(*f));
	struct fvd_test_image *image = fvd_test_image(test, &request);

	if (compact)
		fvd_test_set_entry(image, 2, 0);
	fvd_test_set_blocks(image, 32, 48);
	f->image.map = image->map;
	spin_lock_init(&f->image.lock);
	f->image.mode = FVD_MODE_RW;
	fvd_image_note_way(&f->image);
	f->target.image = &f->image;
	f->ti.private = &f->target;
	memset(&now, 0, sizeof(now));
	now.image = &f->image;
	return f;
}

/* A FUA write to chunk 2; the commit of its blocks is under way. */
static int map_write_in_place(struct fixture *f, u32 nr_sectors)
{
	f->image.commit.running = true;
	fvd_image_note_way(&f->image);
	bio_init(&f->bio, NULL, NULL, 0, REQ_OP_WRITE | REQ_FUA);
	f->bio.bi_iter.bi_sector = 2 * 128;
	f->bio.bi_iter.bi_size = nr_sectors << SECTOR_SHIFT;
	return fvd_target_map(&f->ti, &f->bio);
}

/* Then somebody looks again, under the lock. */
static void expect_slow(struct kunit *test, bool compact, bool armed,
			unsigned int nr_barriers)
{
	struct fixture *f = new_fixture(test, compact);
	int verdict;

	f->image.drain.armed = armed;
	fvd_image_note_way(&f->image);
	now.barriers_left = nr_barriers;
	verdict = map_write_in_place(f, 8);
	KUNIT_EXPECT_EQ_MSG(test, verdict, DM_MAPIO_SUBMITTED,
			    "commit failed at barrier %u", nr_barriers);
	KUNIT_EXPECT_EQ_MSG(test, now.written, 1,
			    "commit failed at barrier %u", nr_barriers);
}

static void write_in_place_beside_a_commit_is_slow(struct kunit *test)
{
	expect_slow(test, false, false, 0);
	expect_slow(test, true, false, 0);
	expect_slow(test, true, true, 0);
}

/* More barriers than there are. */
#define NR_PLACES	12

static void write_in_place_does_not_slip_past_a_failing_commit(struct kunit *test)
{
	unsigned int place;

	for (place = 1; place <= NR_PLACES; place++) {
		expect_slow(test, false, false, place);
		expect_slow(test, true, false, place);
	}
}

/* Freed chunks are waited for: another function maps then. */
static void write_in_a_full_image_does_not_slip_past_either(struct kunit *test)
{
	unsigned int place;

	for (place = 1; place <= NR_PLACES; place++)
		expect_slow(test, true, true, place);
}

static void write_in_place_without_a_commit_goes_down(struct kunit *test)
{
	struct fixture *f = new_fixture(test, false);

	bio_init(&f->bio, NULL, NULL, 0, REQ_OP_WRITE | REQ_FUA);
	f->bio.bi_iter.bi_sector = 2 * 128;
	f->bio.bi_iter.bi_size = 4096;
	KUNIT_EXPECT_EQ(test, fvd_target_map(&f->ti, &f->bio),
			DM_MAPIO_REMAPPED);
	KUNIT_EXPECT_EQ(test, now.written, 0);
}

static struct kunit_case engine_target_cases[] = {
	KUNIT_CASE(write_in_place_beside_a_commit_is_slow),
	KUNIT_CASE(write_in_place_does_not_slip_past_a_failing_commit),
	KUNIT_CASE(write_in_a_full_image_does_not_slip_past_either),
	KUNIT_CASE(write_in_place_without_a_commit_goes_down),
	{ }
};

static void ref_is_gone(struct percpu_ref *ref)
{
}

static int engine_target_begin(struct kunit_suite *suite)
{
	return percpu_ref_init(&the_ref, ref_is_gone, 0, GFP_KERNEL);
}

static void engine_target_end(struct kunit_suite *suite)
{
	percpu_ref_exit(&the_ref);
}

static struct kunit_suite engine_target_suite = {
	.name = "engine_target",
	.suite_init = engine_target_begin,
	.suite_exit = engine_target_end,
	.test_cases = engine_target_cases,
};

kunit_test_suites(&engine_target_suite);
