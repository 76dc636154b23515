/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which way does a bio go? The one place that decides, for bios that come from
 * device mapper and for those that waited.
 */
#ifndef FVD_BIO_H
#define FVD_BIO_H

#include "fvd-image.h"

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
