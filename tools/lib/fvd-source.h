/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A disk to be read, whatever it is kept in: a raw file or device, an image of
 * format 3, or one of the original's version 1; with base and data file.
 *
 * Nothing is written. Base and data are what the caller names; paths that an
 * image tells are never opened, because whoever made the image could make the
 * reader show any file that he may read himself.
 */
#ifndef FVD_SOURCE_H
#define FVD_SOURCE_H

#include "fvd-image.h"
#include "fvd-v1-image.h"

enum fvd_source_kind {
	FVD_SOURCE_RAW,
	FVD_SOURCE_V1,
	FVD_SOURCE_IMAGE,
};

/**
 * struct fvd_source_request - what to open.
 * @path: the disk
 * @base_path: its base, or NULL; not opened if nothing is left there
 * @data_path: its data, or NULL
 * @raw: take @path for a raw disk; never found out by itself, because a raw
 *	disk's owner could write the magic of an image to it
 * @accepted: FVD_V1_ACCEPT_*
 */
struct fvd_source_request {
	const char *path;
	const char *base_path;
	const char *data_path;
	bool raw;
	u32 accepted;
};

/**
 * struct fvd_source - an open one.
 * @kind: what it is kept in
 * @size_bytes: of the disk, a multiple of 512
 * @base_size_bytes: of the part of it that lies over the base; 0 if the base
 *	is not needed
 * @image: the file or device
 * @base: fd is -1 unless it is needed
 * @data: fd is -1 unless the image has its data there
 * @store: the one of them that has the data
 * @v1: FVD_SOURCE_V1
 * @v3: FVD_SOURCE_IMAGE
 * @failed_path: what the error of fvd_source_open() is about
 */
struct fvd_source {
	enum fvd_source_kind kind;
	u64 size_bytes;
	u64 base_size_bytes;
	struct fvd_device image;
	struct fvd_device base;
	struct fvd_device data;
	struct fvd_device *store;
	struct fvd_v1_image v1;
	struct fvd_image v3;
	const char *failed_path;
};

/**
 * fvd_source_open() - open and load all of it.
 * @source: needs fvd_source_close() even after an error
 *
 * Images and their data are opened exclusively, if they are block devices.
 *
 * Returns: 0; -ENODATA if it is no image and should be one; -ENOENT if base or
 * data are needed and not given; -ENXIO if one of the files is too small;
 * -ESTALE if the base is not the one that the image was made for; -EUCLEAN for
 * findings that were not accepted; what loading said.
 */
int __must_check fvd_source_open(struct fvd_source *source,
				 const struct fvd_source_request *request,
				 struct fvd_error *error);

/** fvd_source_close() - close everything. */
void fvd_source_close(struct fvd_source *source);

/**
 * fvd_source_lookup() - where is it, and for how long?
 * @sector: below the end of the disk
 * @nr_sectors: > 0, within the disk
 *
 * FVD_IN_BASE only within base_size_bytes. A hole in the file with the data
 * is FVD_IS_ZERO. May be called by several threads at once.
 */
void fvd_source_lookup(const struct fvd_source *source, u64 sector,
		       u64 nr_sectors, struct fvd_run *run);

/**
 * fvd_source_read() - read from the disk.
 * @offset_bytes: any, and
 * @nr_bytes: any, within the disk
 *
 * May be called by several threads at once. Returns: 0, -EIO.
 */
int __must_check fvd_source_read(struct fvd_source *source, u64 offset_bytes,
				 void *buffer, u64 nr_bytes,
				 struct fvd_error *error);

#endif /* FVD_SOURCE_H */
