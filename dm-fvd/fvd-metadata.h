/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Metadata I/O: the only place that reads and writes an image's metadata
 * regions, except for the commit's own journal bio (fvd-commit.c).
 *
 * Everything here sleeps and is called from process context, with
 * checkpoint_mutex held or while nobody else can know the image; or, to write
 * journal blocks in front of the ring's end, by the one commit in flight.
 */
#ifndef FVD_METADATA_H
#define FVD_METADATA_H

#include "fvd-image.h"

/**
 * fvd_metadata_io() - read or write kernel memory, and wait.
 * @image: whose dm-io client is used
 * @bdev: which device
 * @opf: REQ_OP_READ or REQ_OP_WRITE, with flags
 * @offset_bytes: on the device, a multiple of 512
 * @buffer: from kmalloc, a page or vmalloc
 * @nr_bytes: a multiple of 512
 *
 * Returns: 0 or -EIO.
 */
int __must_check fvd_metadata_io(struct fvd_image *image,
				 struct block_device *bdev, blk_opf_t opf,
				 u64 offset_bytes, void *buffer, size_t nr_bytes);

/**
 * fvd_metadata_load() - read and validate everything; writes nothing.
 * @image: its devices and io_client are set
 * @error: what was found and expected
 *
 * Fills sb, map, checksums, alloc, ring; replays the journal of an unclean
 * image in memory. On failure, what was allocated stays for
 * fvd_metadata_free().
 *
 * Returns: 0 or a negative errno.
 */
int __must_check fvd_metadata_load(struct fvd_image *image,
				   struct fvd_error *error);

/** fvd_metadata_free() - give back the memory of a load, whole or partial. */
void fvd_metadata_free(struct fvd_image *image);

/**
 * fvd_metadata_check_identity() - does the device still hold this image, in
 * the state that memory knows?
 * @image: loaded; checkpoint_mutex held, nothing in flight
 * @error: what was found and expected
 *
 * Returns: 0; -EIO if the valid superblock copy can not be read; -ESTALE if
 * there is another one, or none.
 */
int __must_check fvd_metadata_check_identity(struct fvd_image *image,
					     struct fvd_error *error);

/**
 * fvd_metadata_write_superblock() - make @image->sb the valid superblock.
 * @image: loaded
 *
 * The caller has changed fields of it; the generation is raised here. Flushes
 * the device first and returns when the superblock is durable; so everything
 * written to the image device before is durable, too. Writes over the older
 * copy. After a failure nobody knows which one is valid: the caller reports
 * it by fvd_image_failed().
 */
int __must_check fvd_metadata_write_superblock(struct fvd_image *image);

/**
 * fvd_metadata_stamp_base() - compute a base device's stamp.
 * @bdev: the base
 * @size_bytes: how much of it counts
 * @stamp: receives the crc32c
 *
 * The samples are read in parallel, so that a remote base costs one round
 * trip. Returns: 0, -EIO or -ENOMEM.
 */
int __must_check fvd_metadata_stamp_base(struct block_device *bdev,
					 u64 size_bytes, u32 *stamp);

#endif /* FVD_METADATA_H */
