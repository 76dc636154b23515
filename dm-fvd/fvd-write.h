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
 *	and one FVD_OPERATION_MAX_SECTORS window, or wholly of blocks in the image
 *
 * Blocks that are in the image already are written in place. Others are held
 * while their content is made whole: what the guest does not give comes from
 * the base, or is zeros. May sleep in GFP_NOIO. Process context.
 */
enum fvd_verdict fvd_write_begin(struct fvd_io *io);

/**
 * fvd_write_in_place() - map a write to blocks that are in the image.
 * @io: its bio is remapped; the caller submits it
 * @image_sector: where, on the data device
 *
 * Keeps rule 4 of durability: if the blocks' bits are known to memory only,
 * the guest's flush (or FUA) commits them.
 */
void fvd_write_in_place(struct fvd_io *io, u64 image_sector);

#endif /* FVD_WRITE_H */
