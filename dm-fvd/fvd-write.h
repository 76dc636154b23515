/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guest writes and write-zeroes to blocks, copy-on-write included.
 */
#ifndef FVD_WRITE_H
#define FVD_WRITE_H

#include "fvd-image.h"

/**
 * fvd_write_begin() - start a write.
 * @io: its bio is a write or write-zeroes, within one chunk of a compact image
 *	and one FVD_OPERATION_MAX_SECTORS window; of a flat image it may as well be
 *	one to blocks that are all in the image
 *
 * Blocks that are in the image already are written in place. Others are held
 * while their content is made whole: what the guest does not give comes from
 * the base, or is zeros. Does not sleep: what does is left to workers. Any
 * context in which interrupts are on.
 */
enum fvd_verdict fvd_write_begin(struct fvd_io *io);

/**
 * fvd_write_block() - a first write of one whole block, if nothing is in its way.
 * @io: of @bio; not initialised
 * @image: where it goes
 * @base: base device or NULL
 * @bio: a write of a whole block, no FUA; neither watched nor observed
 *
 * What fvd_write_begin() finds out in general, for what is common and has to be
 * cheap. Any context in which interrupts are on.
 *
 * Returns: true: the bio is remapped, as with FVD_REMAPPED. False: nothing was
 * done, fvd_write_begin() can tell.
 */
bool fvd_write_block(struct fvd_io *io, struct fvd_image *image,
		     struct block_device *base, struct bio *bio);

/**
 * fvd_write_in_place() - map a write to blocks that are in the image.
 * @io: its bio is remapped; the caller submits it
 * @image_sector: where, on the data device
 *
 * If the blocks' bits are known to memory only, the guest's flush (or FUA)
 * commits them, since it relies on them now.
 */
void fvd_write_in_place(struct fvd_io *io, u64 image_sector);

#endif /* FVD_WRITE_H */
