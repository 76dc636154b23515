/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where an image's bytes are: a file, a block device, or a piece of memory.
 *
 * Everything in tools/lib that reads or writes an image does it through this,
 * so that a fuzzer can run on memory. All offsets and lengths are multiples of
 * FVD_PAGE_BYTES. Not for use by several threads at once.
 */
#ifndef FVD_DEVICE_H
#define FVD_DEVICE_H

#include <sys/types.h>

#include "fvd-format.h"

/* For fvd_device_open(). */
#define FVD_DEVICE_WRITE	BIT(0)
/*
 * Nobody else may have the block device open exclusively, nor a loop device that
 * a regular file is attached to; with FVD_DEVICE_WRITE there must be no such loop
 * device at all: -EBUSY.
 */
#define FVD_DEVICE_EXCLUSIVE	BIT(1)
/* A regular file is made if there is none. */
#define FVD_DEVICE_CREATE	BIT(2)
/* Through the page cache (which is dropped first), for a base image. */
#define FVD_DEVICE_BUFFERED	BIT(3)

/**
 * struct fvd_device - an open file, block device, or piece of memory.
 * @size_bytes: how much there is
 * @sector_bytes: what a disk on it is divided into: a block device's logical block
 *	size, FVD_SECTOR_BYTES otherwise
 * @is_block: a block device
 * @was_created: a regular file that was not there before
 * @number: of the block device; of the file system otherwise
 * @inode: of the regular file; 0 for a block device
 * @fd: -1 if @memory
 * @memory: or NULL
 * @bounce: aligned buffer for direct I/O, or NULL
 */
struct fvd_device {
	u64 size_bytes;
	u32 sector_bytes;
	bool is_block;
	bool was_created;
	dev_t number;
	ino_t inode;
	int fd;
	u8 *memory;
	void *bounce;
};

/**
 * fvd_device_open() - open @path.
 * @flags: FVD_DEVICE_*
 *
 * A block device is read and written directly, past the page cache, because a
 * device-mapper target may have changed what is below it.
 *
 * Returns: 0, -EBUSY, -EEXIST if somebody else made the file at the same moment,
 * -ENOTBLK if it is neither a file nor a block device, or what open(2) said.
 */
int __must_check fvd_device_open(struct fvd_device *dev, const char *path,
				 unsigned int flags, struct fvd_error *error);

/** fvd_device_memory() - take @nr_bytes of the caller's memory for a device. */
void fvd_device_memory(struct fvd_device *dev, void *memory, u64 nr_bytes);

/** fvd_device_close() - harmless if already closed. */
void fvd_device_close(struct fvd_device *dev);

/** fvd_device_same() - are both the same device or file? */
bool fvd_device_same(const struct fvd_device *a, const struct fvd_device *b);

/**
 * fvd_device_read() - read all of it or fail.
 *
 * Returns: 0, -ENXIO behind the end, -EIO and other errors of read(2).
 */
int __must_check fvd_device_read(struct fvd_device *dev, u64 offset_bytes,
				 void *buffer, u64 nr_bytes,
				 struct fvd_error *error);

/** fvd_device_write() - write all of it or fail; as fvd_device_read(). */
int __must_check fvd_device_write(struct fvd_device *dev, u64 offset_bytes,
				  const void *buffer, u64 nr_bytes,
				  struct fvd_error *error);

/**
 * fvd_device_extent() - is there a hole in a regular file?
 * @is_hole: receives it; true behind the end
 *
 * Returns: for how many bytes it is so, 1 to @nr_bytes. What is not a hole may
 * be zeros all the same. May be called by several threads at once.
 */
u64 fvd_device_extent(const struct fvd_device *dev, u64 offset_bytes,
		      u64 nr_bytes, bool *is_hole);

/** fvd_device_zero() - write zeros, the quick way if there is one. */
int __must_check fvd_device_zero(struct fvd_device *dev, u64 offset_bytes,
				 u64 nr_bytes, struct fvd_error *error);

/** fvd_device_flush() - what was written is durable afterwards. */
int __must_check fvd_device_flush(struct fvd_device *dev,
				  struct fvd_error *error);

/** fvd_device_resize() - set the length of a regular file. */
int __must_check fvd_device_resize(struct fvd_device *dev, u64 nr_bytes,
				   struct fvd_error *error);

#endif /* FVD_DEVICE_H */
