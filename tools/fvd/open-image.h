/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The image behind a name: of an open device, or a path.
 */
#ifndef OPEN_IMAGE_H
#define OPEN_IMAGE_H

#include "dm.h"
#include "fvd-image.h"
#include "table-line.h"

/**
 * struct open_image - an image, open in the kernel or not.
 * @is_open: @dm is valid: the kernel has it
 * @dm: the device
 * @path: of the image
 * @nr_sectors: of the device, if @is_open
 * @line: its table line, if @is_open
 * @dev: its device
 * @image: its superblock; no more is loaded
 */
struct open_image {
	bool is_open;
	struct dm_device dm;
	char path[4096];
	u64 nr_sectors;
	struct table_line line;
	struct fvd_device dev;
	struct fvd_image image;
};

/**
 * open_image_find() - the image of an open device, or at a path.
 * @name: of a device if there is one, else a path
 * @write: it is to be written to: then nobody else may have it open
 *
 * Says what is wrong. Returns: an exit code; after EXIT_OK open_image_close().
 */
int open_image_find(struct open_image *open, const char *name, bool write);

/** open_image_is_name() - is there a device of that name? Says nothing. */
bool open_image_is_name(const char *name);

/**
 * open_image_node() - the node of a block device, without udev's help, too.
 * @number: "MAJOR:MINOR"
 *
 * Returns: false if the kernel has no such device.
 */
bool open_image_node(const char *number, char *path, size_t nr_bytes);

/** open_image_close() - let go of it. */
void open_image_close(struct open_image *open);

#endif /* OPEN_IMAGE_H */
