/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bringing a disk from a source into an image of format 3, or to a raw device.
 *
 * Until it is done, the target begins with a superblock that says
 * FVD_STATE_UNFINISHED. "fvd info" and "fvd check" tell so; "fvd open", another
 * conversion and the driver refuse it. A raw target gets its first page last.
 */
#ifndef FVD_CONVERT_H
#define FVD_CONVERT_H

#include "fvd-source.h"

/** fvd_is_zero() - nothing but zeros in @nr_bytes, at least one? */
static inline bool fvd_is_zero(const u8 *bytes, u64 nr_bytes)
{
	return !bytes[0] && !memcmp(bytes, bytes + 1, nr_bytes - 1);
}

/**
 * struct fvd_convert - one conversion.
 * @source: open
 * @target: writable, long enough
 * @is_target_blank: reads as zeros
 * @keep_base_bytes: what lies below this and is in the source's base may stay
 *	there; 0 = nothing stays
 * @progress: called now and then; may be NULL
 * @context: for @progress
 * @nr_stored_bytes: result: written to the target as data
 * @nr_used_chunks: result: storage of a compact image
 */
struct fvd_convert {
	struct fvd_source *source;
	struct fvd_device *target;
	bool is_target_blank;
	u64 keep_base_bytes;
	void (*progress)(void *context, u64 done_bytes, u64 total_bytes);
	void *context;
	u64 nr_stored_bytes;
	u64 nr_used_chunks;
};

/**
 * fvd_convert_padded() - @nr_bytes up to the disk's end, made whole pages.
 * @offset: in the target, a multiple of pages
 *
 * A device may have sectors of 4 KiB, and take nothing less. Where the target ends
 * before the page does, it has smaller ones.
 */
static inline u64 fvd_convert_padded(const struct fvd_convert *convert,
				     u64 offset, u64 nr_bytes)
{
	return min(round_up(nr_bytes, (u64)FVD_PAGE_BYTES),
		   convert->target->size_bytes - offset);
}

/**
 * fvd_convert_to_image() - make an image of it.
 * @sb: laid out for the source's disk, with UUID and epoch; its base, if any,
 *	is keep_base_bytes long
 *
 * Returns: 0, -ENOSPC if a compact image has too little room, -EIO, -ENOMEM,
 * what fvd_image_create() says.
 */
int __must_check fvd_convert_to_image(struct fvd_convert *convert,
				      struct fvd_superblock *sb,
				      struct fvd_error *error);

/**
 * fvd_convert_to_raw() - write the disk as it is.
 * @uuid: of the mark that stands there meanwhile
 *
 * Returns: 0, -EIO, -ENOMEM.
 */
int __must_check fvd_convert_to_raw(struct fvd_convert *convert,
				    const u8 uuid[FVD_UUID_BYTES],
				    struct fvd_error *error);

#endif /* FVD_CONVERT_H */
