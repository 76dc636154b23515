// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading disks from images and raw files.
 *
 * Invariants:
 *   I-SRC-1  What an image needs was seen to be there, and large enough, when
 *            fvd_source_open() succeeds; only what it accepts reads as zeros
 *            behind the end of a file.
 *   I-SRC-2  Nothing is written, and no path from an image is opened.
 *
 * No locks: after opening, nothing changes. All devices are read through the
 * page cache, so that there is no buffer to share, and sizes need not be
 * multiples of anything.
 */
#include "fvd-clean.h"
#include "fvd-source.h"

#define SOURCE_FLAGS	FVD_DEVICE_BUFFERED

static int open_device(struct fvd_source *source, struct fvd_device *dev,
		       const char *path, unsigned int flags,
		       struct fvd_error *error)
{
	source->failed_path = path;
	return fvd_device_open(dev, path, SOURCE_FLAGS | flags, error);
}

static int open_data(struct fvd_source *source,
		     const struct fvd_source_request *request,
		     const char *hint, struct fvd_error *error)
{
	if (!request->data_path)
		return fvd_error_set(error, -ENOENT,
			"has its data in another file, which is not given; recorded is \"%.60s\"",
			hint);
	source->store = &source->data;
	return open_device(source, &source->data, request->data_path,
			   FVD_DEVICE_EXCLUSIVE, error);
}

/* The base's last sector may be cut off; zeros are taken for the rest. */
static int open_base(struct fvd_source *source,
		     const struct fvd_source_request *request, u64 nr_bytes,
		     const char *hint, struct fvd_error *error)
{
	u64 found;
	int r;

	if (!request->base_path)
		return fvd_error_set(error, -ENOENT,
			"needs its base (%llu bytes), which is not given; recorded is \"%.60s\"",
			(unsigned long long)nr_bytes, hint);
	r = open_device(source, &source->base, request->base_path, 0, error);
	if (r)
		return r;
	found = round_up(source->base.size_bytes, (u64)FVD_SECTOR_BYTES);
	if (source->base.size_bytes && found >= nr_bytes) {
		source->base_size_bytes = nr_bytes;
		return 0;
	}
	return fvd_error_set(error, -ENXIO,
			     "has %llu bytes, expected a base of at least %llu",
			     (unsigned long long)source->base.size_bytes,
			     (unsigned long long)nr_bytes);
}

static bool v1_needs_base(const struct fvd_v1_image *image)
{
	const struct fvd_v1_header *header = &image->header;
	bool is_missing = image->map.findings & BIT(FVD_V1_MISSING);

	if (is_missing && image->map.missing_is_base)
		return true;
	return fvd_v1_has_bitmap(header) &&
		!fvd_bitmap_all_set(image->map.bitmap, 0, header->nr_blocks);
}

static int open_v1(struct fvd_source *source,
		   const struct fvd_source_request *request,
		   struct fvd_error *error)
{
	struct fvd_v1_image *image = &source->v1;
	const struct fvd_v1_header *header = &image->header;
	int r;

	source->kind = FVD_SOURCE_V1;
	r = fvd_v1_image_open(image, &source->image, error);
	if (!r && fvd_v1_has_data_file(header))
		r = open_data(source, request, header->data_path, error);
	if (r)
		return r;
	source->failed_path = request->path;
	source->size_bytes = header->virtual_size_bytes;
	r = fvd_v1_image_load(image, source->store, request->accepted, NULL,
			      NULL, error);
	if (!r)
		r = fvd_v1_findings_check(image->map.findings,
					  request->accepted, error);
	if (r || !v1_needs_base(image))
		return r;
	return open_base(source, request,
			 header->covered_sectors << FVD_SECTOR_SHIFT,
			 header->base_path, error);
}

static int check_stamp(struct fvd_source *source, struct fvd_error *error)
{
	const struct fvd_superblock *sb = &source->v3.sb;
	u8 stamp[FVD_BASE_STAMP_BYTES];
	int r;

	if (sb->base_stamp_kind != FVD_BASE_STAMP_SAMPLES)
		return 0;
	if (source->base.size_bytes < sb->base_size_bytes)
		return fvd_error_set(error, -ENXIO,
			"has %llu bytes, expected a base of %llu",
			(unsigned long long)source->base.size_bytes,
			(unsigned long long)sb->base_size_bytes);
	r = fvd_image_base_stamp(&source->base, sb->base_size_bytes, stamp,
				 error);
	if (r || !memcmp(stamp, sb->base_stamp, sizeof(stamp)))
		return r;
	return fvd_error_set(error, -ESTALE,
			     "is not the base that the image was made for, or has changed since");
}

static int open_data_device(struct fvd_source *source,
			    const struct fvd_source_request *request,
			    struct fvd_error *error)
{
	const struct fvd_superblock *sb = &source->v3.sb;
	int r = open_data(source, request, sb->data_path, error);

	if (r || source->data.size_bytes >= sb->virtual_size_bytes)
		return r;
	return fvd_error_set(error, -ENXIO,
			     "has %llu bytes, expected at least %llu of data",
			     (unsigned long long)source->data.size_bytes,
			     (unsigned long long)sb->virtual_size_bytes);
}

static int open_image(struct fvd_source *source,
		      const struct fvd_source_request *request,
		      struct fvd_error *error)
{
	struct fvd_image *image = &source->v3;
	const struct fvd_superblock *sb = &image->sb;
	int r;

	source->kind = FVD_SOURCE_IMAGE;
	r = fvd_image_open(image, &source->image, error);
	if (!r)
		r = fvd_image_load(image, error);
	if (!r && fvd_superblock_has_data_device(sb))
		r = open_data_device(source, request, error);
	if (r)
		return r;
	source->failed_path = request->path;
	source->size_bytes = sb->virtual_size_bytes;
	if (!image->map.nr_base_blocks_left)
		return 0;
	r = open_base(source, request,
		      image->map.geo.base_sectors << FVD_SECTOR_SHIFT,
		      sb->base_path, error);
	return r ?: check_stamp(source, error);
}

static int open_raw(struct fvd_source *source, struct fvd_error *error)
{
	source->kind = FVD_SOURCE_RAW;
	if (!source->image.size_bytes ||
	    source->image.size_bytes > FVD_SIZE_MAX_BYTES)
		return fvd_error_set(error, -EINVAL,
			"has %llu bytes, expected a disk",
			(unsigned long long)source->image.size_bytes);
	source->size_bytes = round_up(source->image.size_bytes,
				      (u64)FVD_SECTOR_BYTES);
	return 0;
}

static int open_disk(struct fvd_source *source,
		     const struct fvd_source_request *request,
		     struct fvd_error *error)
{
	int r;

	r = open_device(source, &source->image, request->path,
			FVD_DEVICE_EXCLUSIVE, error);
	if (r)
		return r;
	if (request->raw)
		return open_raw(source, error);
	if (fvd_v1_image_probe(&source->image))
		return open_v1(source, request, error);
	return open_image(source, request, error);
}

int fvd_source_open(struct fvd_source *source,
		    const struct fvd_source_request *request,
		    struct fvd_error *error)
{
	int r;

	memset(source, 0, sizeof(*source));
	source->image.fd = -1;
	source->base.fd = -1;
	source->data.fd = -1;
	source->store = &source->image;
	r = open_disk(source, request, error);
	/* It may quote a hint; some callers write it to a terminal or log. */
	if (r && error)
		fvd_clean_line(error->text);
	return r;
}

void fvd_source_close(struct fvd_source *source)
{
	fvd_v1_image_close(&source->v1);
	fvd_image_close(&source->v3);
	fvd_device_close(&source->image);
	fvd_device_close(&source->base);
	fvd_device_close(&source->data);
}

static void lookup(const struct fvd_source *source, u64 sector, u64 nr_sectors,
		   struct fvd_run *run)
{
	switch (source->kind) {
	case FVD_SOURCE_V1:
		fvd_v1_map_lookup(&source->v1.map, sector, nr_sectors, run);
		break;
	case FVD_SOURCE_IMAGE:
		fvd_map_lookup(&source->v3.map, sector, nr_sectors, run);
		break;
	default:
		run->where = FVD_IN_IMAGE;
		run->image_sector = sector;
		run->nr_sectors = nr_sectors;
	}
}

void fvd_source_lookup(const struct fvd_source *source, u64 sector,
		       u64 nr_sectors, struct fvd_run *run)
{
	bool is_hole;
	u64 nr_bytes;

	lookup(source, sector, nr_sectors, run);
	if (run->where != FVD_IN_IMAGE)
		return;
	nr_bytes = fvd_device_extent(source->store,
				     run->image_sector << FVD_SECTOR_SHIFT,
				     run->nr_sectors << FVD_SECTOR_SHIFT,
				     &is_hole);
	/* A sector that is a hole in part is none. */
	if (is_hole && nr_bytes >= FVD_SECTOR_BYTES) {
		run->where = FVD_IS_ZERO;
		run->nr_sectors = nr_bytes >> FVD_SECTOR_SHIFT;
	} else {
		run->nr_sectors = (nr_bytes + FVD_SECTOR_BYTES - 1) >>
			FVD_SECTOR_SHIFT;
	}
}

/* What lies behind the end of a file is zeros. */
static int read_padded(struct fvd_device *dev, u64 offset_bytes, u8 *buffer,
		       u64 nr_bytes, struct fvd_error *error)
{
	u64 there = dev->size_bytes - min(offset_bytes, dev->size_bytes);

	there = min(there, nr_bytes);
	memset(buffer + there, 0, nr_bytes - there);
	return there ? fvd_device_read(dev, offset_bytes, buffer, there, error) :
		0;
}

int fvd_source_read(struct fvd_source *source, u64 offset_bytes, void *buffer,
		    u64 nr_bytes, struct fvd_error *error)
{
	u64 sector, skip, nr;
	struct fvd_run run;
	u8 *to = buffer;
	int r;

	for (; nr_bytes; nr_bytes -= nr, to += nr, offset_bytes += nr) {
		sector = offset_bytes >> FVD_SECTOR_SHIFT;
		skip = offset_bytes % FVD_SECTOR_BYTES;
		lookup(source, sector, (skip + nr_bytes + FVD_SECTOR_BYTES - 1) >>
		       FVD_SECTOR_SHIFT, &run);
		nr = min(nr_bytes, (run.nr_sectors << FVD_SECTOR_SHIFT) - skip);
		r = 0;
		if (run.where == FVD_IS_ZERO)
			memset(to, 0, nr);
		else if (run.where == FVD_IN_BASE)
			r = read_padded(&source->base, offset_bytes, to, nr,
					error);
		else
			r = read_padded(source->store, (run.image_sector <<
					FVD_SECTOR_SHIFT) + skip, to, nr, error);
		if (r)
			return r;
	}
	return 0;
}
