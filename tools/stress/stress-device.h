/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The device or file under test, and simple synchronous passes over it.
 */
#ifndef STRESS_DEVICE_H
#define STRESS_DEVICE_H

#include "stress-options.h"

/**
 * struct stress_device - an open block device or regular file
 * @fd: file descriptor, O_DIRECT unless the user wants otherwise
 * @is_block: a block device
 * @is_short: a file that is shorter than @bytes as yet
 * @bytes: its size
 * @block_bytes: its logical block size
 */
struct stress_device {
	int fd;
	bool is_block;
	bool is_short;
	u64 bytes;
	u32 block_bytes;
};

/**
 * device_open() - open a device
 * @device: the answer
 * @path: its name
 * @options: O_DIRECT or not, exclusive or not; a regular file that is shorter
 *	than the size the user gave is to be made longer by device_lengthen()
 * @writable: open for writing
 *
 * Complains on stderr. Return: 0 or negative errno.
 */
int __must_check device_open(struct stress_device *device, const char *path,
			     const struct stress_options *options,
			     bool writable);

/**
 * device_lengthen() - make a file as long as device_open() promised
 * @device: open for writing
 *
 * Not before all options are known to be good. Complains on stderr. Return: 0
 * or negative errno.
 */
int __must_check device_lengthen(struct stress_device *device);

/** device_close() - close it */
void device_close(struct stress_device *device);

/**
 * device_fill() - write one pattern over the whole device
 * @device: the device
 * @options: size, base size and tag; the mode says which pattern
 *
 * Base content ends at the base size, if one was given; zeros follow. Complains
 * on stderr. Return: 0 or negative errno.
 */
int __must_check device_fill(struct stress_device *device,
			     const struct stress_options *options);

/**
 * device_compare() - compare two devices byte by byte
 * @device: one
 * @other: the other
 * @options: how much of them, if the user gave a size, else all of @device; how
 *	many differences are printed
 * @differing_sectors: the answer
 *
 * Return: 0, also if they differ; negative errno if one can not be read.
 */
int __must_check device_compare(struct stress_device *device,
				struct stress_device *other,
				const struct stress_options *options,
				u64 *differing_sectors);

#endif /* STRESS_DEVICE_H */
