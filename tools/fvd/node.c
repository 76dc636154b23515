// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finding the devices that belong to an image.
 *
 * The hints in a superblock are used here, and only here; the kernel never
 * opens a path from an image.
 */
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "node.h"

int node_find(const char *path, const char *what,
	      char number[TABLE_LINE_WORD_BYTES], u64 *size_bytes)
{
	struct fvd_error error = { "" };
	struct fvd_device dev;
	struct stat st;

	if (stat(path, &st)) {
		message(path, "%s: %s", what, strerror(errno));
		return EXIT_FAILED;
	}
	if (S_ISREG(st.st_mode)) {
		message(path, "%s: is a regular file, expected a block device (see losetup)",
			what);
		return EXIT_FAILED;
	}
	if (fvd_device_open(&dev, path, 0, &error)) {
		message(path, "%s: %s", what, error.text);
		return EXIT_FAILED;
	}
	snprintf(number, TABLE_LINE_WORD_BYTES, "%u:%u", major(dev.number),
		 minor(dev.number));
	*size_bytes = dev.size_bytes;
	fvd_device_close(&dev);
	return EXIT_OK;
}

static int check_size(const char *path, const char *what, u64 found,
		      u64 expected)
{
	if (found >= expected)
		return EXIT_OK;
	message(path, "%s: has %llu bytes, expected at least %llu", what,
		(unsigned long long)found, (unsigned long long)expected);
	return EXIT_BAD_IMAGE;
}

static bool is_none(const char *path)
{
	return path && (!strcmp(path, "-") || !strcmp(path, "none"));
}

int node_find_base(const struct fvd_superblock *sb, const char *image_path,
		   const char *path, char number[TABLE_LINE_WORD_BYTES])
{
	u64 size_bytes = 0;
	bool needed = sb->base_size_bytes && !sb->complete;
	int r;

	memcpy(number, "-", 2);
	if (is_none(path) || (!path && !needed)) {
		if (!needed)
			return EXIT_OK;
		message(image_path, "needs its base image (%llu bytes), it is not complete",
			(unsigned long long)sb->base_size_bytes);
		return EXIT_FAILED;
	}
	if (!path && !sb->base_path[0]) {
		message(image_path, "needs its base image (%llu bytes); give --base",
			(unsigned long long)sb->base_size_bytes);
		return EXIT_FAILED;
	}
	r = node_find(path ?: sb->base_path,
		      path ? "base" : "base recorded in the image (--base gives another)",
		      number, &size_bytes);
	return r ?: check_size(path ?: sb->base_path, "base", size_bytes,
			       sb->base_size_bytes);
}

int node_find_data(const struct fvd_superblock *sb, const char *image_path,
		   const char *path, char number[TABLE_LINE_WORD_BYTES])
{
	u64 size_bytes = 0;
	int r;

	memcpy(number, "-", 2);
	if (!fvd_superblock_has_data_device(sb)) {
		if (!path || is_none(path))
			return EXIT_OK;
		message(image_path, "has its data in itself, --data makes no sense");
		return EXIT_USAGE;
	}
	if (is_none(path) || (!path && !sb->data_path[0])) {
		message(image_path, "needs its data device; give --data");
		return EXIT_FAILED;
	}
	r = node_find(path ?: sb->data_path,
		      path ? "data" : "data device recorded in the image (--data gives another)",
		      number, &size_bytes);
	return r ?: check_size(path ?: sb->data_path, "data", size_bytes,
			       sb->virtual_size_bytes);
}
