/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which way does a bio go? The one place that decides, for bios that come from
 * device mapper and for those that waited.
 */
#ifndef FVD_BIO_H
#define FVD_BIO_H

#include "fvd-image.h"

/**
 * fvd_bio_may_wait() - or is it to be sent back with EAGAIN?
 * @bio: as it came
 *
 * A polled one may. Of such, told EAGAIN, device mapper makes one that is not
 * polled and still must not wait, and io_uring gives its EAGAIN to the user.
 */
static inline bool fvd_bio_may_wait(const struct bio *bio)
{
	return !(bio->bi_opf & REQ_NOWAIT) || bio->bi_opf & REQ_POLLED;
}

/**
 * fvd_bio_limit_sectors() - how much of a bio can be handled in one go?
 * @image: where it goes
 * @bio: as it came
 * @run: fvd_map_lookup() of it
 *
 * The glue cuts the bio there. At least 1.
 */
u32 fvd_bio_limit_sectors(struct fvd_image *image, const struct bio *bio,
			  const struct fvd_run *run);

/**
 * fvd_bio_begin() - send a bio its way.
 * @io: initialised; its bio is no longer than fvd_bio_limit_sectors() said
 *
 * May sleep in GFP_NOIO. Process context.
 */
enum fvd_verdict fvd_bio_begin(struct fvd_io *io);

#endif /* FVD_BIO_H */
