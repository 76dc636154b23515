/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fetches: what a guest reads from the base is kept in the image
 * (copy-on-read), and so is what prefetch brings over.
 *
 * The window around the missing blocks is read once; the guest, and whoever
 * else asks for it meanwhile, is answered from memory; then it is stored. All
 * of it is optional: without memory, space or room for the change the guest
 * simply reads from the base. A failure to store never fails a read (I-FCH-3).
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

struct fvd_fetch;

/**
 * struct fvd_ahead - room for one window that nobody asked for; used again and
 * again by its owner.
 * @fetch: with the memory for the largest window
 * @window_bytes: a window has at most so much, aligned so
 * @first_sector: of the window under way
 * @nr_sectors: of it
 * @ops: the owner's
 */
struct fvd_ahead {
	struct fvd_fetch *fetch;
	u32 window_bytes;
	u64 first_sector;
	u32 nr_sectors;
	const struct fvd_ahead_ops *ops;
};

/**
 * struct fvd_ahead_ops - how it goes; in this order, in any context, no lock
 * held.
 * @read_begins: the read of the base is about to be sent
 * @read_ended: and how it ended
 * @write_begins: the write to the image is about to be sent; not called if the
 *	read failed, or there is no storage. Returns: flags for it
 * @done: it is over, and in the image or not. The room may be used again at
 *	once; the image lives until this returns
 */
struct fvd_ahead_ops {
	void (*read_begins)(struct fvd_ahead *ahead);
	void (*read_ended)(struct fvd_ahead *ahead, blk_status_t status);
	blk_opf_t (*write_begins)(struct fvd_ahead *ahead);
	void (*done)(struct fvd_ahead *ahead, bool stored);
};

enum fvd_ahead_verdict {
	FVD_AHEAD_STARTED,	/* the owner's functions will be called */
	FVD_AHEAD_LOCAL,	/* the first block is not in the base only */
	FVD_AHEAD_HELD,		/* the first block is being filled already */
	FVD_AHEAD_NO_ROOM,	/* the next commit makes room; one is on its way */
};

/**
 * fvd_ahead_init() - allocate; may sleep (GFP_NOIO).
 * @ahead: @ops are set by the owner
 * @image: that it fetches for
 * @window_bytes: a power of two, a block at least, FVD_OPERATION_MAX_SECTORS
 *	at most
 *
 * Returns: 0 or -ENOMEM.
 */
int __must_check fvd_ahead_init(struct fvd_ahead *ahead,
				struct fvd_image *image, u32 window_bytes);

/** fvd_ahead_exit() - free; nothing is under way. */
void fvd_ahead_exit(struct fvd_ahead *ahead);

/**
 * fvd_ahead_begin() - fetch from block @first on.
 * @ahead: not under way
 * @base: where from
 * @first: first block, in front of the base's end
 * @limit: first block that is not wanted
 * @next: receives where to look next
 *
 * The window ends at the first block that is there or held. May sleep in
 * GFP_NOIO.
 */
enum fvd_ahead_verdict fvd_ahead_begin(struct fvd_ahead *ahead,
				       struct block_device *base, u64 first,
				       u64 limit, u64 *next);

#endif /* FVD_FETCH_H */
