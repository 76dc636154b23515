// SPDX-License-Identifier: GPL-2.0-only
/*
 * Observing guest I/O.
 *
 * Invariant: I-OBS-1  The key counts the pairs of image and reason for which
 * observed has a bit: each is counted once, and given back before the image is
 * closed.
 *
 * Locking: none; atomic bits.
 * Left out on purpose: the block layer's own statistics of the disk. They tell
 * sums, and what the policy looks at is a percentile. And a look at every bio:
 * a percentile of one in four is the same.
 */
#include "fvd-image.h"
#include "fvd-observe.h"

/* A power of two. */
#define SAMPLE_EVERY	4U

DEFINE_STATIC_KEY_FALSE(fvd_observe_key);

static DEFINE_PER_CPU(unsigned int, nr_seen);

void fvd_observe_set(struct fvd_image *image, enum fvd_observe_reason reason,
		     bool on)
{
	if (on && !test_and_set_bit(reason, &image->observed))
		static_branch_inc(&fvd_observe_key); /* I-OBS-1 */
	else if (!on && test_and_clear_bit(reason, &image->observed))
		static_branch_dec(&fvd_observe_key);
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
