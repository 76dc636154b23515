/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copy-on-read: what a guest reads from the base is kept in the image.
 *
 * The window around the missing blocks is read once; the guest, and whoever
 * else asks for it meanwhile, is answered from memory; then it is stored. All
 * of it is optional: without memory, space or room for the change the guest
 * simply reads from the base. A failure to store never fails a read (rule 10).
 */
#ifndef FVD_FETCH_H
#define FVD_FETCH_H

#include "fvd-image.h"

/**
 * fvd_fetch_limit_sectors() - how much of a read one fetch can take.
 * @image: that may keep what is read
 * @sector: first one, on the virtual disk
 * @nr_sectors: of the read, at least 1
 *
 * Returns: from 1 to @nr_sectors. It ends where other blocks are being fetched
 * or written, or begin not to be; as that may change at once, a longer read is
 * still answered rightly, but perhaps not kept. Any context but an interrupt.
 */
u32 fvd_fetch_limit_sectors(struct fvd_image *image, u64 sector,
			    u32 nr_sectors);

/**
 * fvd_fetch_begin() - start a copy-on-read.
 * @io: its bio is a read of blocks that were seen in the base, no longer than
 *	fvd_fetch_limit_sectors() said
 *
 * Returns: FVD_TAKEN if a fetch was started, or one is waited for;
 * FVD_REMAPPED if the bio goes to the base. Any context that may submit bios.
 */
enum fvd_verdict fvd_fetch_begin(struct fvd_io *io);

#endif /* FVD_FETCH_H */
