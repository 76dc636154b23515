/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Access profiles in the regions of images and in files.
 */
#ifndef PROFILE_FILE_H
#define PROFILE_FILE_H

#include "fvd-device.h"
#include "fvd-profile.h"

/**
 * struct profile_file - a profile that was read.
 * @profile: decoded
 * @base: which base it is of
 * @bytes: as they stand in a file
 * @nr_bytes: how many
 */
struct profile_file {
	struct fvd_profile profile;
	struct fvd_profile_base base;
	u8 *bytes;
	u64 nr_bytes;
};

/** profile_file_is() - does the file at @path begin like a profile? */
bool profile_file_is(const char *path);

/**
 * profile_file_read() - read and decode a file.
 *
 * Says what is wrong. Returns: an exit code.
 */
int profile_file_read(struct profile_file *file, const char *path);

/**
 * profile_file_read_region() - read and decode the region of an image.
 * @base: of the image; a profile of another is refused
 */
int profile_file_read_region(struct profile_file *file, const char *name,
			     struct fvd_device *dev,
			     const struct fvd_superblock *sb);

/** profile_file_free() - after either. */
void profile_file_free(struct profile_file *file);

/**
 * profile_file_write() - write it to a file.
 * @path: - for stdout; a device or pipe is written to; a regular file is replaced
 *	as a whole, and only if it is empty or a profile
 *
 * Says what is wrong. Returns: an exit code.
 */
int profile_file_write(const struct profile_file *file, const char *path);

/** profile_show_text() - a picture for a terminal. */
void profile_show_text(const struct profile_file *file);

/** profile_show_svg() - the same as SVG. Returns: an exit code. */
int profile_show_svg(const struct profile_file *file, const char *path);

#endif /* PROFILE_FILE_H */
