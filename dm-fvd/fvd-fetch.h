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
 * fvd_fetch_limit_sectors() - how much of a read at @sector one fetch can
 * take.
 * @image: that may keep what is read
 * @sector: first one, on the virtual disk
 */
u32 fvd_fetch_limit_sectors(const struct fvd_image *image, u64 sector);

/**
 * fvd_fetch_begin() - start a copy-on-read.
 * @io: its bio is a read of blocks that were seen in the base, no longer than
 *	fvd_fetch_limit_sectors()
 *
 * Returns: FVD_TAKEN if a fetch was started, or one is waited for;
 * FVD_REMAPPED if the bio goes to the base. Any context that may submit bios.
 */
enum fvd_verdict fvd_fetch_begin(struct fvd_io *io);

#endif /* FVD_FETCH_H */
