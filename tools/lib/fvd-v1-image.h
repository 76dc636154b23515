/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An image of version 1, loaded to be looked at. It is never written to.
 *
 *	fvd_v1_image_open()	header
 *	fvd_v1_image_load()	bitmap, table, journal replayed in memory; then
 *				image->map answers fvd_v1_map_lookup()
 *	fvd_v1_image_close()
 *
 * Nothing is allocated before the file was seen to hold it.
 */
#ifndef FVD_V1_IMAGE_H
#define FVD_V1_IMAGE_H

#include "fvd-device.h"
#include "fvd-v1-map.h"

/**
 * struct fvd_v1_image - an image in memory.
 * @dev: borrowed from the caller
 * @raw: the header as read
 * @header: the same, decoded
 * @map: bitmap and table
 * @nr_records: of the journal
 * @nr_journal_sectors: that have records
 * @nr_bad_sectors: that make no sense, and need not, in a clean image
 * @nr_replayed: blocks and entries that the journal changed
 * @nr_used_chunks: that have storage
 */
struct fvd_v1_image {
	struct fvd_device *dev;
	struct fvd_v1_header_disk raw;
	struct fvd_v1_header header;
	struct fvd_v1_map map;
	u64 nr_records;
	u64 nr_journal_sectors;
	u64 nr_bad_sectors;
	u64 nr_replayed;
	u64 nr_used_chunks;
};

/** fvd_v1_image_probe() - does @dev carry version 1's magic? */
bool fvd_v1_image_probe(struct fvd_device *dev);

/**
 * fvd_v1_image_open() - read and decode the header.
 * @image: needs fvd_v1_image_close() even after an error
 * @dev: borrowed until then
 *
 * Returns: 0; what fvd_v1_header_decode() says; -ENXIO if the file ends before
 * the metadata; -EIO.
 */
int __must_check fvd_v1_image_open(struct fvd_v1_image *image,
				   struct fvd_device *dev,
				   struct fvd_error *error);

/** fvd_v1_image_close() - free everything but the device. */
void fvd_v1_image_close(struct fvd_v1_image *image);

/**
 * fvd_v1_image_load() - bitmap, table and journal.
 * @data: where the data lies; NULL if that file is not at hand, then nothing
 *	is compared with its size. Not looked at without such a file.
 * @accepted: mask of FVD_V1_ACCEPT_*: what to do about findings. None makes it
 *	fail; see fvd_v1_findings_check().
 * @found: told of all findings; may be NULL
 *
 * Returns: 0, -EBADMSG for what no original could have written, -EFBIG, -EIO,
 * -ENOMEM.
 */
int __must_check fvd_v1_image_load(struct fvd_v1_image *image,
				   const struct fvd_device *data, u32 accepted,
				   fvd_v1_found_fn found, void *context,
				   struct fvd_error *error);

/**
 * fvd_v1_dump() - all metadata as text, for people.
 *
 * Of an image that is refused, the header. Returns: 0, -EIO if @out fails, or
 * what opening said.
 */
int __must_check fvd_v1_dump(struct fvd_device *dev, FILE *out,
			     struct fvd_error *error);

/** fvd_v1_image_read_journal() - @nr_bytes of the journal from @at on. */
int __must_check fvd_v1_image_read_journal(struct fvd_v1_image *image, u64 at,
					   u8 *buffer, u64 nr_bytes,
					   struct fvd_error *error);

/** fvd_v1_image_load_map() - bitmap and table as they are stored. */
int __must_check fvd_v1_image_load_map(struct fvd_v1_image *image,
				       struct fvd_error *error);

#endif /* FVD_V1_IMAGE_H */
