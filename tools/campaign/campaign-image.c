// SPDX-License-Identifier: GPL-2.0-only
/*
 * libfvd's side of the campaign.
 */
#include <stdio.h>
#include <string.h>

#include "fvd-image.h"
#include "campaign-image.h"

static int layout(const struct campaign_config *config,
		  struct fvd_superblock *sb, struct fvd_error *error)
{
	struct fvd_layout_request request = {
		.virtual_size_bytes = config->disk_bytes,
		.base_size_bytes = config->base_bytes,
		.block_size_bytes = config->block_bytes,
		.journal_size_bytes = config->journal_bytes,
		.compact = config->layout == LAYOUT_COMPACT,
		.data_device = config->layout == LAYOUT_DATA_DEVICE,
	};
	u64 nr_chunks;
	int r;

	if (request.compact)
		request.chunk_size_bytes = config->chunk_bytes;
	memset(sb, 0, sizeof(*sb));
	r = fvd_layout_compute(sb, &request, error);
	if (r || !request.compact)
		return r;
	nr_chunks = (config->disk_bytes + config->chunk_bytes - 1) /
		    config->chunk_bytes;
	if (config->capacity_chunks && config->capacity_chunks < nr_chunks)
		nr_chunks = config->capacity_chunks;
	sb->image_size_bytes = sb->data_offset_bytes +
			       nr_chunks * config->chunk_bytes;
	return 0;
}

uint64_t image_size(const struct campaign_config *config)
{
	struct fvd_error error = { "" };
	struct fvd_superblock sb;

	if (layout(config, &sb, &error)) {
		printf("layout: %s\n", error.text);
		return 0;
	}
	return sb.image_size_bytes;
}

static int stamp(struct fvd_superblock *sb, const char *path,
		 struct fvd_error *error)
{
	struct fvd_device base;
	int r = fvd_device_open(&base, path, 0, error);

	if (r)
		return r;
	sb->base_stamp_kind = FVD_BASE_STAMP_SAMPLES;
	r = fvd_image_base_stamp(&base, sb->base_size_bytes, sb->base_stamp,
				 error);
	fvd_device_close(&base);
	return r;
}

int image_create(const struct campaign_config *config, const char *path,
		 const char *base_path)
{
	struct fvd_error error = { "" };
	struct fvd_superblock sb;
	struct fvd_device dev;
	int r;

	r = layout(config, &sb, &error);
	if (!r && base_path)
		r = stamp(&sb, base_path, &error);
	if (r)
		goto out;
	memcpy(sb.uuid, &config->seed, sizeof(config->seed));
	sb.uuid[15] = 1;
	sb.journal_epoch = 1 + (config->seed & 0xffff);
	sb.copy_on_read = config->copy_on_read;
	sb.prefetch_start_delay_s = -1;
	r = fvd_device_open(&dev, path, FVD_DEVICE_WRITE, &error);
	if (!r) {
		r = fvd_image_create(&dev, &sb, &error);
		fvd_device_close(&dev);
	}
out:
	if (r)
		printf("create: %s\n", error.text);
	return r;
}

static int look(struct fvd_image *image, struct image_facts *facts,
		struct fvd_error *error)
{
	int r = fvd_image_load(image, error);

	if (r)
		return r;
	facts->clean = image->sb.clean;
	facts->complete = image->sb.complete;
	facts->needs_check = image->sb.state_flags & FVD_STATE_NEEDS_CHECK;
	if (image->sb.clean) {
		r = fvd_image_scan_journal(image, false, error);
		if (!r && image->journal.nr_blocks)
			r = fvd_error_set(error, -EBADMSG,
					  "clean, but its journal holds %llu blocks",
					  (unsigned long long)
					  image->journal.nr_blocks);
	}
	facts->journal_blocks = image->journal.nr_blocks;
	if (!r && image->sb.complete && image->map.nr_base_blocks_left)
		r = fvd_error_set(error, -EBADMSG,
				  "complete, but %llu blocks are only in the base",
				  (unsigned long long)
				  image->map.nr_base_blocks_left);
	return r;
}

int image_check(const char *path, struct image_facts *facts)
{
	struct fvd_error error = { "" };
	struct fvd_image image;
	struct fvd_device dev;
	int r;

	memset(facts, 0, sizeof(*facts));
	r = fvd_device_open(&dev, path, 0, &error);
	if (!r) {
		r = fvd_image_open(&image, &dev, &error);
		if (!r)
			r = look(&image, facts, &error);
		fvd_image_close(&image);
		fvd_device_close(&dev);
	}
	snprintf(facts->text, sizeof(facts->text), "%s", error.text);
	return r;
}
