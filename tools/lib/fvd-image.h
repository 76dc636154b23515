/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An FVD image that is not open in the kernel: load it, look at it, replay its
 * journal, write it back. Also how a new one is made.
 *
 * The order of calls for somebody who wants the state of an image:
 *
 *	fvd_image_open()	superblocks
 *	fvd_image_load()	checksum region, bitmap, table, journal replay;
 *				then image->map answers fvd_map_lookup()
 *	fvd_image_write_back()	only if something was changed
 *	fvd_image_close()
 *
 * fvd_image_load() does in one go what the functions below it do in steps;
 * "fvd check" takes the steps to find all damage instead of the first.
 *
 * Nothing here trusts the image: no allocation before the sizes were compared
 * with the device, no loop that is longer than what the device can hold. Not
 * for use by several threads at once.
 */
#ifndef FVD_IMAGE_H
#define FVD_IMAGE_H

#include "fvd-alloc.h"
#include "fvd-device.h"
#include "fvd-journal.h"
#include "fvd-map.h"

/*
 * Bitmap and table together. The kernel holds them in memory too; an image
 * with more is either damaged or not made for this machine.
 */
#define FVD_IMAGE_MEMORY_LIMIT_BYTES	(4ULL << 30)

/**
 * struct fvd_image_journal - what a scan of the journal found.
 * @nr_blocks: valid blocks from the tail on
 * @nr_records: records in them
 * @next_block: where the log ends
 * @next_sequence: the number that the next block would have
 */
struct fvd_image_journal {
	u64 nr_blocks;
	u64 nr_records;
	u64 next_block;
	u64 next_sequence;
};

/**
 * struct fvd_image - an image in memory.
 * @dev: borrowed from the caller
 * @raw: both superblocks as read; page aligned
 * @is_readable: was there anything to read?
 * @which: the superblock that counts
 * @sb: the same, decoded
 * @map: bitmap and table; NULL pointers before fvd_image_alloc()
 * @checksums: the valid copy of the checksum region
 * @dirty: one bit a metadata page, changed since it was loaded
 * @used: one bit a chunk of the data region; compact images only
 * @capacity_chunks: of the data region, as far as the superblock knows it
 * @nr_used_chunks: bits in @used
 * @journal: result of the last scan
 * @seed: fvd_uuid_seed()
 */
struct fvd_image {
	struct fvd_device *dev;
	struct fvd_superblock_disk *raw[FVD_NR_SUPERBLOCKS];
	bool is_readable[FVD_NR_SUPERBLOCKS];
	unsigned int which;
	struct fvd_superblock sb;
	struct fvd_map map;
	struct fvd_checksum_disk *checksums;
	__le64 *dirty;
	__le64 *used;
	u64 capacity_chunks;
	u64 nr_used_chunks;
	struct fvd_image_journal journal;
	u32 seed;
};

/**
 * fvd_image_open() - read the superblocks and choose one.
 * @image: filled in; needs fvd_image_close() even after an error
 * @dev: borrowed until fvd_image_close()
 *
 * Returns: 0; what fvd_superblock_choose() says; -EIO; -ENOMEM.
 */
int __must_check fvd_image_open(struct fvd_image *image, struct fvd_device *dev,
				struct fvd_error *error);

/** fvd_image_close() - free everything but the device. */
void fvd_image_close(struct fvd_image *image);

/**
 * fvd_image_load() - all of the metadata, the journal replayed in memory.
 *
 * Nothing is written. An image that a tool did not finish is refused with
 * -EUCLEAN. One that asks for a check (FVD_STATE_NEEDS_CHECK) is loaded if it
 * is whole; who wants to write to it has to look at the flag.
 *
 * Returns: 0, -EBADMSG if anything does not check, -EUCLEAN, -EFBIG, -ENXIO if
 * the device is smaller than the image, -EIO, -ENOMEM.
 */
int __must_check fvd_image_load(struct fvd_image *image,
				struct fvd_error *error);

/**
 * fvd_image_check_size() - does the device hold what the superblock says?
 *
 * Returns: 0, -ENXIO.
 */
int __must_check fvd_image_check_size(const struct fvd_image *image,
				      struct fvd_error *error);

/**
 * fvd_image_check_memory() - are bitmap and table within
 * FVD_IMAGE_MEMORY_LIMIT_BYTES?
 *
 * Returns: 0, -EFBIG.
 */
int __must_check fvd_image_check_memory(const struct fvd_superblock *sb,
					struct fvd_error *error);

/** fvd_image_alloc() - memory for everything; after fvd_image_check_size(). */
int __must_check fvd_image_alloc(struct fvd_image *image,
				 struct fvd_error *error);

/** fvd_image_load_checksums() - read and verify the valid copy. */
int __must_check fvd_image_load_checksums(struct fvd_image *image,
					  struct fvd_error *error);

/**
 * fvd_image_load_pages() - read and verify metadata pages from @index on.
 * @index: where to start; receives the first page that was not loaded: the
 *	bad one, or the number of pages
 *
 * Returns: 0 when all were loaded, -EBADMSG, -EIO. To go on behind a bad page
 * call it again with *@index + 1; the bad page's memory is zero bits (bitmap)
 * or EMPTY entries (table) then.
 */
int __must_check fvd_image_load_pages(struct fvd_image *image, u64 *index,
				      struct fvd_error *error);

/**
 * fvd_image_scan_journal() - walk the log from the tail.
 * @apply: replay it onto the map, mark changed pages dirty
 *
 * image->journal receives what was found, also after an error.
 *
 * Returns: 0, -EBADMSG or -EPROTONOSUPPORT for a record that makes no sense,
 * -EIO, -ENOMEM.
 */
int __must_check fvd_image_scan_journal(struct fvd_image *image, bool apply,
					struct fvd_error *error);

/** fvd_image_check_map() - fvd_map_check(), and set the counters. */
int __must_check fvd_image_check_map(struct fvd_image *image,
				     struct fvd_error *error);

/**
 * fvd_image_write_back() - make the state in memory the one on the device.
 *
 * Dirty pages go to their other slot, the checksum region to its other copy,
 * then one superblock makes it true: clean, the log empty. A crash at any
 * moment leaves the old state or the new one.
 */
int __must_check fvd_image_write_back(struct fvd_image *image,
				      struct fvd_error *error);

/**
 * fvd_image_write_superblock() - image->sb, with the next generation, over the
 * copy that does not count; then that one counts.
 */
int __must_check fvd_image_write_superblock(struct fvd_image *image,
					    struct fvd_error *error);

/** fvd_image_is_superblock_good() - does copy @which decode? */
bool fvd_image_is_superblock_good(const struct fvd_image *image,
				  unsigned int which, struct fvd_superblock *sb,
				  struct fvd_error *error);

/**
 * fvd_image_create() - write a new image.
 * @dev: writable; long enough for fvd_layout_metadata_end_bytes()
 * @sb: a whole, valid superblock; generation, checksum_copy, checksum_crc,
 *	clean and the journal's tail are set here
 *
 * Both old superblocks are made invalid first and the new ones are written
 * last: a crash leaves no image, never half of one.
 */
int __must_check fvd_image_create(struct fvd_device *dev,
				  struct fvd_superblock *sb,
				  struct fvd_error *error);

/**
 * fvd_image_base_stamp() - compute the stamp of a base image.
 * @base: at least @base_size_bytes long
 * @stamp: for fvd_superblock.base_stamp, with FVD_BASE_STAMP_SAMPLES
 */
int __must_check fvd_image_base_stamp(struct fvd_device *base,
				      u64 base_size_bytes,
				      u8 stamp[FVD_BASE_STAMP_BYTES],
				      struct fvd_error *error);

#endif /* FVD_IMAGE_H */
