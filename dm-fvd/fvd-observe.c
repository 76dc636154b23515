// SPDX-License-Identifier: GPL-2.0-only
/*
 * Observing guest I/O.
 *
 * Invariant: I-OBS-1  The key counts the images that have a bit in observed: each
 * once, and it is given back before the image is closed.
 *
 * Locking: only the work changes observed and the key, and it runs once at a time.
 * It looks at what is wanted after it was queued, so the last to change that is
 * heard. In a work of the system, since patching code waits for locks that others
 * hold while they allocate memory: neither prefetch nor a bio may wait for that.
 * Left out on purpose: the block layer's own statistics of the disk. They tell
 * sums, and what the policy looks at is a percentile. And a look at every small
 * bio in the image: a percentile of one in four is the same.
 */
#include "fvd-image.h"
#include "fvd-observe.h"

/* A power of two. */
#define SAMPLE_EVERY	4U

DEFINE_STATIC_KEY_FALSE(fvd_observe_key);

static DEFINE_PER_CPU(unsigned int, nr_seen);

static unsigned long reasons(const struct fvd_image *image)
{
	unsigned long mask = 0;

	if (fvd_prefetch_wants_times(image))
		mask |= BIT(FVD_OBSERVE_LATENCY);
	if (fvd_prefetch_wants_hits(image))
		mask |= BIT(FVD_OBSERVE_HITS);
	if (READ_ONCE(image->profiling.recording))
		mask |= BIT(FVD_OBSERVE_TOUCHES);
	return mask;
}

static void observe(struct fvd_image *image, unsigned long mask)
{
	unsigned long before = image->observed;

	if (mask && !before)
		static_branch_inc(&fvd_observe_key); /* I-OBS-1 */
	WRITE_ONCE(image->observed, mask);
	if (before && !mask)
		static_branch_dec(&fvd_observe_key);
}

static void observe_work(struct work_struct *work)
{
	struct fvd_image *image = container_of(work, struct fvd_image,
					       observe_work);

	observe(image, reasons(image));
}

void fvd_observe_update(struct fvd_image *image)
{
	schedule_work(&image->observe_work);
}

void fvd_observe_update_now(struct fvd_image *image)
{
	schedule_work(&image->observe_work);
	flush_work(&image->observe_work);
}

void fvd_observe_init(struct fvd_image *image)
{
	INIT_WORK(&image->observe_work, observe_work);
}

void fvd_observe_exit(struct fvd_image *image)
{
	cancel_work_sync(&image->observe_work);
	observe(image, 0);
}

void fvd_observe_touch(struct fvd_image *image, const struct bio *bio)
{
	if (bio_op(bio) == REQ_OP_READ && bio_sectors(bio) &&
	    READ_ONCE(image->observed) & ~BIT(FVD_OBSERVE_LATENCY))
		fvd_profiling_touch(image, bio->bi_iter.bi_sector,
				    bio_sectors(bio));
}

bool fvd_observe_wants_times(const struct fvd_image *image)
{
	return test_bit(FVD_OBSERVE_LATENCY, &image->observed);
}

bool fvd_observe_sample(struct fvd_image *image)
{
	return fvd_observe_wants_times(image) &&
		!(this_cpu_inc_return(nr_seen) & (SAMPLE_EVERY - 1));
}

void fvd_observe_ended(const struct fvd_io *io)
{
	/* Not a flush, which takes as long as what was written before it. */
	if (fvd_observe_wants_times(io->image) && io->nr_sectors &&
	    io->watch.stage == FVD_STAGE_IMAGE)
		fvd_prefetch_guest(io->image, FVD_GUEST_LOCAL,
				   io->watch.begun_ns);
}
