// SPDX-License-Identifier: GPL-2.0-only
/*
 * fvd info: what an image is, and how much of it is there.
 */
#include "cli.h"
#include "fvd-image.h"
#include "report.h"
#include "v1.h"

static const struct cli_option options[] = {
	{ NULL },
};

static void report_identity(struct report *report, const struct fvd_image *image)
{
	const struct fvd_superblock *sb = &image->sb;
	char uuid[37];

	report_number(report, "format_version", "format version", FVD_VERSION);
	report_text(report, "uuid", "UUID", format_uuid(uuid, sb->uuid));
	report_text(report, "label", sb->label[0] ? "label" : NULL, sb->label);
	report_text(report, "layout", "layout",
		    fvd_superblock_is_compact(sb) ? "compact" :
		    fvd_superblock_has_data_device(sb) ?
		    "flat, data on a device of its own" : "flat");
	report_number(report, "generation", "generation", sb->generation);
	report_number(report, "superblock_copy", "superblock copy",
		      image->which);
	report_flag(report, "clean", "cleanly closed", sb->clean);
	report_flag(report, "complete", "complete", sb->complete);
	report_flag(report, "needs_check", NULL,
		    sb->state_flags & FVD_STATE_NEEDS_CHECK);
	report_flag(report, "unfinished", NULL,
		    sb->state_flags & FVD_STATE_UNFINISHED);
	if (sb->state_flags & FVD_STATE_NEEDS_CHECK)
		report_line(report, "needs check:        yes");
	if (sb->state_flags & FVD_STATE_UNFINISHED)
		report_line(report, "unfinished:         yes");
	report_flag(report, "copy_on_read", "copy-on-read", sb->copy_on_read);
}

static void report_base(struct report *report, const struct fvd_superblock *sb)
{
	char stamp[16];
	__le32 raw;

	report_size(report, "base_size_bytes",
		    sb->base_size_bytes ? "base size" : NULL,
		    sb->base_size_bytes);
	report_text(report, "base", sb->base_path[0] ? "base (hint)" : NULL,
		    sb->base_path);
	if (sb->base_stamp_kind == FVD_BASE_STAMP_SAMPLES) {
		memcpy(&raw, sb->base_stamp, sizeof(raw));
		snprintf(stamp, sizeof(stamp), "%08x", le32_to_cpu(raw));
	}
	report_text(report, "base_stamp", "base stamp",
		    sb->base_stamp_kind == FVD_BASE_STAMP_SAMPLES ? stamp :
								    NULL);
	report_text(report, "data", sb->data_path[0] ? "data (hint)" : NULL,
		    sb->data_path);
}

static void report_sizes(struct report *report, const struct fvd_superblock *sb)
{
	report_size(report, "virtual_size_bytes", "disk size",
		    sb->virtual_size_bytes);
	report_size(report, "max_virtual_size_bytes", "maximum disk size",
		    sb->max_virtual_size_bytes);
	report_size(report, "image_size_bytes", "image size",
		    sb->image_size_bytes);
	report_size(report, "block_size_bytes", "block size",
		    sb->block_size_bytes);
	if (fvd_superblock_is_compact(sb))
		report_size(report, "chunk_size_bytes", "chunk size",
			    sb->chunk_size_bytes);
	report_size(report, "journal_size_bytes", "journal size",
		    sb->journal_size_bytes);
	report_number(report, "metadata_end_bytes", NULL,
		      fvd_layout_metadata_end_bytes(sb));
	report_number(report, "data_offset_bytes", "data offset",
		      sb->data_offset_bytes);
}

static void report_usage(struct report *report, const struct fvd_image *image)
{
	const struct fvd_geometry *geo = &image->map.geo;
	u64 local = fvd_bitmap_count(image->map.bitmap, 0, geo->nr_blocks);
	u64 here = geo->nr_base_blocks - image->map.nr_base_blocks_left;
	u64 percent_base = geo->nr_base_blocks ?: 1;

	report_number(report, "blocks", NULL, geo->nr_blocks);
	report_number(report, "image_blocks", NULL, local);
	report_line(report, "blocks in image:    %llu of %llu",
		    (unsigned long long)local,
		    (unsigned long long)geo->nr_blocks);
	report_number(report, "base_blocks", NULL, geo->nr_base_blocks);
	report_number(report, "local_base_blocks", NULL, here);
	if (geo->nr_base_blocks)
		report_line(report, "base blocks local:  %llu of %llu (%.1f %%)",
			    (unsigned long long)here,
			    (unsigned long long)geo->nr_base_blocks,
			    100.0 * here / percent_base);
	report_number(report, "journal_blocks_to_replay", NULL,
		      image->journal.nr_blocks);
	if (image->journal.nr_blocks)
		report_line(report, "journal to replay:  %llu blocks",
			    (unsigned long long)image->journal.nr_blocks);
	if (!image->map.table)
		return;
	report_number(report, "used_chunks", NULL, image->nr_used_chunks);
	report_number(report, "capacity_chunks", NULL, image->capacity_chunks);
	report_line(report, "chunks used:        %llu of %llu",
		    (unsigned long long)image->nr_used_chunks,
		    (unsigned long long)image->capacity_chunks);
}

static int info(const char *path, struct fvd_device *dev, bool json)
{
	struct fvd_error error = { "" };
	struct fvd_image image;
	struct report report;
	int r;

	r = fvd_image_open(&image, dev, &error);
	if (r) {
		message(path, "%s", error.text);
		fvd_image_close(&image);
		return exit_code_of(r);
	}
	report_begin(&report, json);
	report_text(&report, "image", "image", path);
	report_identity(&report, &image);
	report_sizes(&report, &image.sb);
	report_base(&report, &image.sb);
	r = fvd_image_load(&image, &error);
	if (!r)
		report_usage(&report, &image);
	report_text(&report, "error", NULL, r ? error.text : NULL);
	report_end(&report);
	if (r)
		message(path, "%s", error.text);
	fvd_image_close(&image);
	return exit_code_of(r);
}

static int run(const struct command *command, int argc, char **argv)
{
	struct fvd_error error = { "" };
	struct fvd_device dev;
	struct cli cli;
	int r;

	cli_begin(&cli, command, argc, argv);
	while (cli_next(&cli) >= 0)
		;
	r = fvd_device_open(&dev, cli.operands[0], 0, &error);
	if (r) {
		message(cli.operands[0], "%s", error.text);
		return EXIT_FAILED;
	}
	if (fvd_v1_image_probe(&dev))
		r = v1_info(cli.operands[0], &dev, cli.json);
	else
		r = info(cli.operands[0], &dev, cli.json);
	fvd_device_close(&dev);
	return r;
}

const struct command command_info = {
	.name = "info",
	.summary = "tell what an image is",
	.operands = "IMAGE",
	.min_operands = 1,
	.max_operands = 1,
	.reports = true,
	.options = options,
	.run = run,
};
