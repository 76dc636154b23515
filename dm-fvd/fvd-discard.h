/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Discards, and write-zeroes of whole chunks: giving space back.
 */
#ifndef FVD_DISCARD_H
#define FVD_DISCARD_H

#include "fvd-image.h"

/* What the block layer may send at once; the map function cuts it further. */
#define FVD_DISCARD_MAX_SECTORS	BIT(21)

/**
 * fvd_discard_whole_chunks() - how many sectors from @sector on are whole
 * chunks that can be reset in one go?
 * @image: compact or flat
 * @sector: first one, on the virtual disk
 * @nr_sectors: of the range
 *
 * The last chunk of the disk counts as whole if the range reaches the disk's
 * end. Returns: 0 if there is no whole chunk at @sector, or no table.
 */
u32 fvd_discard_whole_chunks(const struct fvd_image *image, u64 sector,
			     u64 nr_sectors);

/**
 * fvd_discard_chunks() - reset the chunks of the bio: they read as zeros.
 * @io: its bio covers what fvd_discard_whole_chunks() said. Process context.
 *
 * Returns: FVD_TAKEN.
 */
enum fvd_verdict fvd_discard_chunks(struct fvd_io *io);

#endif /* FVD_DISCARD_H */
