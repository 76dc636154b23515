/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Block devices as a table line names them.
 */
#ifndef NODE_H
#define NODE_H

#include "cli.h"
#include "fvd-image.h"
#include "table-line.h"

/**
 * node_find() - "MAJOR:MINOR" of a block device, and its size.
 * @what: its role, for the message
 *
 * Says what is wrong (a regular file needs a loop device). Returns: an exit
 * code.
 */
int node_find(const char *path, const char *what,
	      char number[TABLE_LINE_WORD_BYTES], u64 *size_bytes);

/**
 * node_find_base() - find the base device for an image.
 * @path: as the user gave it; "-" or "none": without; NULL: by the hint
 * @number: receives "-" or "MAJOR:MINOR"
 */
int node_find_base(const struct fvd_superblock *sb, const char *image_path,
		   const char *path, char number[TABLE_LINE_WORD_BYTES]);

/** node_find_data() - the same for the data device. */
int node_find_data(const struct fvd_superblock *sb, const char *image_path,
		   const char *path, char number[TABLE_LINE_WORD_BYTES]);

#endif /* NODE_H */
