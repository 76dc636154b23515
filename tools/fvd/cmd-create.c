// SPDX-License-Identifier: GPL-2.0-only
/*
 * fvd create: a new image on a device or in a file.
 *
 * Left out on purpose: asking. What could destroy something needs --force.
 */
#include "cli.h"
#include "fvd-image.h"
#include "report.h"
#include "superblock.h"
#include "target.h"

enum {
	OPTION_BASE, OPTION_DATA, OPTION_COMPACT, OPTION_FLAT, OPTION_SIZE,
	OPTION_BLOCK_SIZE, OPTION_CHUNK_SIZE, OPTION_JOURNAL_SIZE,
	OPTION_MAX_SIZE, OPTION_LABEL, OPTION_UUID, OPTION_COPY_ON_READ,
	OPTION_FORCE,
};

static const struct cli_option options[] = {
	{ "base", "DEV", "the golden image, a device or raw file; default: none" },
	{ "data", "DEV", "keep the data on this device and only metadata in IMAGE" },
	{ "compact", NULL, "allocate space by chunks, when written or fetched" },
	{ "flat", NULL, "have space for the whole disk; default: if IMAGE is large enough" },
	{ "size", "SIZE", "of the disk; default: that of the base" },
	{ "block-size", "SIZE", "unit of copying; default: 4K, more above 128G" },
	{ "chunk-size", "SIZE", "unit of allocation; default: 1M" },
	{ "journal-size", "SIZE", "default: 16M, 1M for disks below 1G" },
	{ "max-size", "SIZE", "up to which the disk may grow; default: its size" },
	{ "label", "TEXT", "up to 64 bytes; default: none" },
	{ "uuid", "UUID", "default: a random one" },
	{ "copy-on-read", "on|off", "keep what is read from the base; default: on" },
	{ "force", NULL, "overwrite what IMAGE (and --data) carries" },
	{ NULL },
};

struct create {
	struct cli cli;
	struct fvd_layout_request request;
	const char *base_path;
	const char *data_path;
	const char *label;
	bool is_flat_asked;
	bool is_uuid_given;
	bool copy_on_read;
	bool force;
	u8 uuid[FVD_UUID_BYTES];
	struct fvd_device base;
	struct target image;
	struct target data;
	struct fvd_superblock sb;
};

static void take_option(struct create *c, int id)
{
	struct cli *cli = &c->cli;

	switch (id) {
	case OPTION_BASE:
		c->base_path = cli->argument;
		break;
	case OPTION_DATA:
		c->data_path = cli->argument;
		break;
	case OPTION_COMPACT:
		c->request.compact = true;
		break;
	case OPTION_FLAT:
		c->is_flat_asked = true;
		break;
	case OPTION_LABEL:
		c->label = cli->argument;
		break;
	case OPTION_UUID:
		c->is_uuid_given = parse_uuid(cli->argument, c->uuid);
		if (!c->is_uuid_given)
			cli_usage_error(cli->command,
					"--uuid: found \"%s\", expected 32 hex digits, with or without dashes",
					cli->argument);
		break;
	case OPTION_COPY_ON_READ:
		c->copy_on_read = cli_switch(cli, "copy-on-read");
		break;
	case OPTION_FORCE:
		c->force = true;
		break;
	}
}

static void take_size(struct create *c, int id)
{
	u64 *to[] = {
		[OPTION_SIZE] = &c->request.virtual_size_bytes,
		[OPTION_BLOCK_SIZE] = &c->request.block_size_bytes,
		[OPTION_CHUNK_SIZE] = &c->request.chunk_size_bytes,
		[OPTION_JOURNAL_SIZE] = &c->request.journal_size_bytes,
		[OPTION_MAX_SIZE] = &c->request.max_virtual_size_bytes,
	};

	*to[id] = cli_size(&c->cli, options[id].name);
	if (!*to[id])
		cli_usage_error(c->cli.command, "--%s must not be 0",
				options[id].name);
}

static void parse(struct create *c, const struct command *command, int argc,
		  char **argv)
{
	int id;

	cli_begin(&c->cli, command, argc, argv);
	while ((id = cli_next(&c->cli)) >= 0) {
		if (id == OPTION_SIZE ||
		    (id >= OPTION_BLOCK_SIZE && id <= OPTION_MAX_SIZE))
			take_size(c, id);
		else
			take_option(c, id);
	}
	if (c->base_path && (!strcmp(c->base_path, "-") ||
			     !strcmp(c->base_path, "none")))
		c->base_path = NULL;
	if (!c->base_path && !c->request.virtual_size_bytes)
		cli_usage_error(command, "give --base, --size, or both");
	if (c->request.chunk_size_bytes && !c->is_flat_asked)
		c->request.compact = true;
	if (c->request.compact && c->is_flat_asked)
		cli_usage_error(command, "--flat with --compact or --chunk-size makes no sense");
	if (c->request.compact && c->data_path)
		cli_usage_error(command, "--compact and --data exclude each other");
	if (c->label && strlen(c->label) > FVD_LABEL_BYTES)
		cli_usage_error(command, "--label has %zu bytes, expected at most %d",
				strlen(c->label), FVD_LABEL_BYTES);
	if (c->request.max_virtual_size_bytes &&
	    c->request.max_virtual_size_bytes < c->request.virtual_size_bytes)
		cli_usage_error(command, "--max-size is smaller than --size");
}

static int open_base(struct create *c)
{
	struct fvd_layout_request *q = &c->request;
	struct fvd_error error = { "" };

	if (!c->base_path)
		return EXIT_OK;
	if (fvd_device_open(&c->base, c->base_path, FVD_DEVICE_BUFFERED,
			    &error)) {
		message(c->base_path, "%s", error.text);
		return EXIT_FAILED;
	}
	q->base_size_bytes = round_down(c->base.size_bytes,
					(u64)FVD_SECTOR_BYTES);
	if (!q->base_size_bytes) {
		message(c->base_path, "has %llu bytes, expected a base image",
			(unsigned long long)c->base.size_bytes);
		return EXIT_FAILED;
	}
	if (q->virtual_size_bytes &&
	    q->virtual_size_bytes < q->base_size_bytes && !c->force) {
		message(c->base_path,
			"has %llu bytes, a disk of %llu would cut it off; --force does",
			(unsigned long long)q->base_size_bytes,
			(unsigned long long)q->virtual_size_bytes);
		return EXIT_REFUSED;
	}
	return EXIT_OK;
}

static int refuse_same(const char *path, const char *what)
{
	message(path, "is given as the image and as the %s", what);
	return EXIT_REFUSED;
}

static int open_targets(struct create *c)
{
	int r;

	if (c->data_path) {
		r = target_open(&c->data, c->data_path);
		if (r)
			return r;
		c->request.data_device = true;
		if (c->base_path && fvd_device_same(&c->base, &c->data.dev)) {
			message(c->data_path,
				"is given as the base and for the data");
			return EXIT_REFUSED;
		}
	}
	r = target_open(&c->image, c->cli.operands[0]);
	if (r)
		return r;
	if (c->base_path && fvd_device_same(&c->base, &c->image.dev))
		return refuse_same(c->image.path, "base");
	if (c->data_path && fvd_device_same(&c->data.dev, &c->image.dev))
		return refuse_same(c->image.path, "data device");
	return EXIT_OK;
}

/* The disk will have the largest sectors of those below, and whole ones only. */
static int set_disk_size(struct create *c)
{
	const struct target *data = c->data_path ? &c->data : &c->image;
	struct fvd_layout_request *q = &c->request;
	u64 sector_bytes = data->dev.sector_bytes;
	const char *path = data->path;

	if (c->base_path && c->base.sector_bytes > sector_bytes) {
		sector_bytes = c->base.sector_bytes;
		path = c->base_path;
	}

	if (!q->virtual_size_bytes) {
		q->virtual_size_bytes = round_up(q->base_size_bytes, sector_bytes);
		return EXIT_OK;
	}
	/* The layout knows that less than a sector is nonsense anywhere. */
	if (sector_bytes == FVD_SECTOR_BYTES ||
	    !(q->virtual_size_bytes & (sector_bytes - 1)))
		return EXIT_OK;
	message(path, "has sectors of %llu bytes, a disk of %llu is no multiple of that",
		(unsigned long long)sector_bytes,
		(unsigned long long)q->virtual_size_bytes);
	return EXIT_FAILED;
}

/* A compact image takes what the device has; a new file gets enough. */
static void set_compact_size(struct create *c)
{
	struct fvd_superblock *sb = &c->sb;
	u64 nr_chunks;

	if (c->image.is_new) {
		nr_chunks = round_up(sb->virtual_size_bytes,
				     sb->chunk_size_bytes) /
			sb->chunk_size_bytes;
		nr_chunks = min_t(u64, nr_chunks, FVD_ENTRY_LIMIT);
	} else {
		nr_chunks = fvd_layout_capacity_chunks(sb,
						       c->image.dev.size_bytes);
	}
	if (nr_chunks)
		sb->image_size_bytes = sb->data_offset_bytes +
			nr_chunks * sb->chunk_size_bytes;
}

static int make_layout(struct create *c)
{
	struct fvd_error error = { "" };
	struct fvd_superblock *sb = &c->sb;
	int r;

	r = fvd_layout_compute(sb, &c->request, &error);
	if (!r && !c->request.compact && !c->is_flat_asked && !c->data_path &&
	    !c->image.is_new && c->image.dev.size_bytes < sb->image_size_bytes) {
		c->request.compact = true;
		memset(sb, 0, sizeof(*sb));
		r = fvd_layout_compute(sb, &c->request, &error);
	}
	if (!r)
		r = fvd_image_check_memory(sb, &error);
	if (r) {
		message(c->image.path, "%s", error.text);
		return EXIT_USAGE;
	}
	if (fvd_superblock_is_compact(sb))
		set_compact_size(c);
	if (!c->image.is_new && c->image.dev.size_bytes < sb->image_size_bytes) {
		message(c->image.path, "has %llu bytes, expected at least %llu for %s image",
			(unsigned long long)c->image.dev.size_bytes,
			(unsigned long long)sb->image_size_bytes,
			c->data_path ? "the metadata of an" :
			c->request.compact ? "a compact" : "a flat");
		return EXIT_FAILED;
	}
	if (c->data_path && !c->data.is_new &&
	    c->data.dev.size_bytes < sb->virtual_size_bytes) {
		message(c->data_path, "has %llu bytes, expected at least %llu",
			(unsigned long long)c->data.dev.size_bytes,
			(unsigned long long)sb->virtual_size_bytes);
		return EXIT_FAILED;
	}
	return EXIT_OK;
}

static int fill_superblock(struct create *c)
{
	struct fvd_superblock *sb = &c->sb;

	if (superblock_identify(sb, c->is_uuid_given ? c->uuid : NULL))
		return EXIT_FAILED;
	sb->copy_on_read = c->copy_on_read;
	sb->prefetch_start_delay_s = -1;
	if (c->label)
		memcpy(sb->label, c->label, strlen(c->label));
	if (c->data_path) {
		superblock_set_hint(sb->data_path, c->data_path);
		memcpy(sb->data_format, "raw", 3);
	}
	return c->base_path ?
		superblock_set_base(sb, c->base_path, &c->base) : EXIT_OK;
}

static int write_image(struct create *c)
{
	struct fvd_error error = { "" };
	int r = 0;

	if (c->image.is_new)
		r = fvd_device_resize(&c->image.dev, c->sb.image_size_bytes,
				      &error);
	if (!r && c->data_path && c->data.is_new)
		r = fvd_device_resize(&c->data.dev, c->sb.virtual_size_bytes,
				      &error);
	if (!r)
		r = fvd_image_create(&c->image.dev, &c->sb, &error);
	if (r) {
		message(c->image.path, "%s", error.text);
		return EXIT_FAILED;
	}
	return EXIT_OK;
}

static void report_result(const struct create *c)
{
	const struct fvd_superblock *sb = &c->sb;
	struct report report;
	char uuid[37];

	report_begin(&report, c->cli.json);
	report_text(&report, "image", "image", c->image.path);
	report_text(&report, "uuid", "UUID", format_uuid(uuid, sb->uuid));
	report_text(&report, "layout", "layout",
		    fvd_superblock_is_compact(sb) ? "compact" : "flat");
	report_size(&report, "virtual_size_bytes", "disk size",
		    sb->virtual_size_bytes);
	report_text(&report, "base", "base", c->base_path);
	report_size(&report, "base_size_bytes", c->base_path ? "base size" :
		    NULL, sb->base_size_bytes);
	report_size(&report, "block_size_bytes", "block size",
		    sb->block_size_bytes);
	if (fvd_superblock_is_compact(sb)) {
		report_size(&report, "chunk_size_bytes", "chunk size",
			    sb->chunk_size_bytes);
		report_size(&report, "capacity_bytes", "space for data",
			    sb->image_size_bytes - sb->data_offset_bytes);
	}
	report_end(&report);
}

static int create(struct create *c)
{
	int r;

	r = open_base(c);
	if (!r)
		r = open_targets(c);
	if (!r)
		r = set_disk_size(c);
	if (!r)
		r = make_layout(c);
	if (!r)
		r = fill_superblock(c);
	if (!r)
		r = target_clear(&c->image, c->force);
	if (!r && c->data_path)
		r = target_clear(&c->data, c->force);
	if (!r)
		r = write_image(c);
	if (!r)
		report_result(c);
	return r;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct create c = {
		.copy_on_read = true,
		.base.fd = -1,
		.image.dev.fd = -1,
		.data.dev.fd = -1,
	};
	int r;

	parse(&c, command, argc, argv);
	r = create(&c);
	fvd_device_close(&c.base);
	target_close(&c.image, r);
	target_close(&c.data, r);
	return r;
}

const struct command command_create = {
	.name = "create",
	.summary = "make a new image",
	.operands = "IMAGE",
	.min_operands = 1,
	.max_operands = 1,
	.reports = true,
	.options = options,
	.run = run,
};
