// SPDX-License-Identifier: GPL-2.0-only
/*
 * fvd convert: a disk from one form to another.
 *
 * Left out on purpose: finding out that something is a raw disk, and opening
 * what an image names as its base. Either would let the owner of a disk choose
 * what is read.
 */
#include <stdlib.h>
#include <unistd.h>

#include "cli.h"
#include "fvd-convert.h"
#include "report.h"
#include "superblock.h"
#include "target.h"

enum {
	OPTION_FROM, OPTION_TO, OPTION_BASE, OPTION_DATA, OPTION_FULL,
	OPTION_BLOCK_SIZE, OPTION_CHUNK_SIZE, OPTION_JOURNAL_SIZE,
	OPTION_LABEL, OPTION_ACCEPT, OPTION_PROGRESS, OPTION_FORCE,
};

static const struct cli_option options[] = {
	{ "from", "image|raw", "what SOURCE is; default: image, of format 3 or version 1" },
	{ "to", "flat|compact|raw", "what to make; default: an image like SOURCE, flat from raw" },
	{ "base", "FILE", "the base of SOURCE, if something is left there" },
	{ "data", "FILE", "the data of SOURCE, if it has them in another file" },
	{ "full", NULL, "copy what is left in the base, too; default: leave it there" },
	{ "block-size", "SIZE", "default: that of SOURCE if possible, else as create" },
	{ "chunk-size", "SIZE", "default: that of SOURCE if possible, else 1M" },
	{ "journal-size", "SIZE", "default: 16M, 1M for disks below 1G" },
	{ "label", "TEXT", "up to 64 bytes; default: that of SOURCE" },
	{ "accept", "WORDS", "convert in spite of what \"fvd check\" found; it tells the words" },
	{ "progress", "on|off", "tell how far it is; default: on a terminal" },
	{ "force", NULL, "overwrite what TARGET carries" },
	{ NULL },
};

struct convert {
	struct cli cli;
	struct fvd_source_request request;
	struct fvd_layout_request layout;
	bool is_to_given;
	bool is_to_raw;
	bool full;
	bool force;
	bool shows_progress;
	const char *label;
	struct fvd_source source;
	struct target target;
	struct fvd_superblock sb;
	struct fvd_convert job;
};

static void take_to(struct convert *c)
{
	const char *to = c->cli.argument;

	c->is_to_given = true;
	c->is_to_raw = !strcmp(to, "raw");
	c->layout.compact = !strcmp(to, "compact");
	if (!c->is_to_raw && !c->layout.compact && strcmp(to, "flat"))
		cli_usage_error(c->cli.command,
				"--to: found \"%s\", expected flat, compact or raw",
				to);
}

static void take_from(struct convert *c)
{
	const char *from = c->cli.argument;

	c->request.raw = !strcmp(from, "raw");
	if (!c->request.raw && strcmp(from, "image"))
		cli_usage_error(c->cli.command,
				"--from: found \"%s\", expected image or raw",
				from);
}

static void take_size(struct convert *c, int id)
{
	u64 *to[] = {
		[OPTION_BLOCK_SIZE] = &c->layout.block_size_bytes,
		[OPTION_CHUNK_SIZE] = &c->layout.chunk_size_bytes,
		[OPTION_JOURNAL_SIZE] = &c->layout.journal_size_bytes,
	};

	*to[id] = cli_size(&c->cli, options[id].name);
	if (!*to[id])
		cli_usage_error(c->cli.command, "--%s must not be 0",
				options[id].name);
}

static void take_option(struct convert *c, int id)
{
	struct fvd_error error = { "" };

	switch (id) {
	case OPTION_FROM:
		take_from(c);
		break;
	case OPTION_TO:
		take_to(c);
		break;
	case OPTION_BASE:
		c->request.base_path = c->cli.argument;
		break;
	case OPTION_DATA:
		c->request.data_path = c->cli.argument;
		break;
	case OPTION_FULL:
		c->full = true;
		break;
	case OPTION_LABEL:
		c->label = c->cli.argument;
		break;
	case OPTION_ACCEPT:
		if (fvd_v1_accept_parse(c->cli.argument, &c->request.accepted,
					&error))
			cli_usage_error(c->cli.command, "--accept: %s",
					error.text);
		break;
	case OPTION_PROGRESS:
		c->shows_progress = cli_switch(&c->cli, "progress");
		break;
	case OPTION_FORCE:
		c->force = true;
		break;
	default:
		take_size(c, id);
	}
}

static void parse(struct convert *c, const struct command *command, int argc,
		  char **argv)
{
	const struct fvd_layout_request *layout = &c->layout;
	int id;

	cli_begin(&c->cli, command, argc, argv);
	while ((id = cli_next(&c->cli)) >= 0)
		take_option(c, id);
	if (layout->chunk_size_bytes && c->is_to_given && !layout->compact)
		cli_usage_error(command, "--chunk-size is for --to compact");
	if (c->is_to_raw && (layout->block_size_bytes || c->label ||
			     layout->journal_size_bytes))
		cli_usage_error(command, "--to raw makes no image");
	if (c->request.raw && (c->request.base_path || c->request.data_path))
		cli_usage_error(command, "--from raw knows no base and no data file");
	if (c->label && strlen(c->label) > FVD_LABEL_BYTES)
		cli_usage_error(command, "--label has %zu bytes, expected at most %d",
				strlen(c->label), FVD_LABEL_BYTES);
}

/* The original's tools warned, too; a file has holes, a device has promises. */
static void warn_about_holes(const struct convert *c)
{
	if (c->source.kind == FVD_SOURCE_V1 &&
	    c->source.v1.header.need_zero_init && c->source.store->is_block)
		message(c->request.path,
			"warning: holes of the base were left out; the device is trusted to be zeros where nothing was written");
}

static void warn_about_sectors(const struct convert *c)
{
	u32 sector_bytes = c->target.dev.sector_bytes;

	if (c->sb.virtual_size_bytes & (sector_bytes - 1))
		message(c->target.path,
			"warning: has sectors of %u bytes, and no disk of %llu can be opened there",
			sector_bytes,
			(unsigned long long)c->sb.virtual_size_bytes);
}

static int open_source(struct convert *c)
{
	struct fvd_error error = { "" };
	int r;

	c->request.path = c->cli.operands[0];
	r = fvd_source_open(&c->source, &c->request, &error);
	if (!r) {
		warn_about_holes(c);
		return EXIT_OK;
	}
	message(c->source.failed_path, "%s%s", error.text,
		r == -ENODATA ? "; if it is a raw disk, --from raw" :
		r == -ENOENT && c->source.image.fd >= 0 &&
		c->source.failed_path == c->request.path ?
		" (--base, --data)" : "");
	return r == -ESTALE ? EXIT_REFUSED : exit_code_of(r);
}

static int open_target(struct convert *c)
{
	const struct fvd_device *dev = &c->target.dev;
	const struct fvd_source *source = &c->source;
	int r;

	r = target_open(&c->target, c->cli.operands[1]);
	if (r)
		return r;
	if (!fvd_device_same(&source->image, dev) &&
	    (source->base.fd < 0 || !fvd_device_same(&source->base, dev)) &&
	    (source->data.fd < 0 || !fvd_device_same(&source->data, dev)))
		return EXIT_OK;
	message(c->target.path, "is given as the target and as part of the source");
	return EXIT_REFUSED;
}

/* A size that format 3 can have, or 0 for its default. */
static u64 possible_size(u64 nr_bytes, u64 min_bytes, u64 max_bytes)
{
	return is_power_of_2(nr_bytes) && nr_bytes >= min_bytes &&
		nr_bytes <= max_bytes ? nr_bytes : 0;
}

static void take_layout_of_source(struct convert *c)
{
	const struct fvd_superblock *sb = &c->source.v3.sb;
	const struct fvd_v1_header *header = &c->source.v1.header;
	struct fvd_layout_request *layout = &c->layout;
	u64 block = 0, chunk = 0, min_chunk;
	bool compact = false;

	if (c->source.kind == FVD_SOURCE_V1) {
		block = header->block_size_bytes;
		chunk = header->chunk_size_bytes;
		compact = header->compact;
	} else if (c->source.kind == FVD_SOURCE_IMAGE) {
		block = sb->block_size_bytes;
		chunk = sb->chunk_size_bytes;
		compact = fvd_superblock_is_compact(sb);
		layout->max_virtual_size_bytes = sb->max_virtual_size_bytes;
	}
	if (!c->is_to_given)
		layout->compact = compact || layout->chunk_size_bytes;
	if (!layout->block_size_bytes)
		layout->block_size_bytes =
			possible_size(block, FVD_BLOCK_MIN_BYTES,
				      layout->chunk_size_bytes ?:
				      FVD_BLOCK_MAX_BYTES);
	min_chunk = layout->block_size_bytes ?:
		fvd_layout_default_block_bytes(c->source.size_bytes);
	if (layout->compact && !layout->chunk_size_bytes)
		layout->chunk_size_bytes =
			possible_size(chunk, min_chunk, FVD_CHUNK_MAX_BYTES);
}

/*
 * A device that the kernel reads has whole sectors only: what a file has behind
 * its last one is copied.
 */
static u64 kept_base_bytes(const struct convert *c)
{
	if (c->full || c->is_to_raw || !c->source.base_size_bytes)
		return 0;
	return min(c->source.base_size_bytes,
		   round_down(c->source.base.size_bytes,
			      (u64)FVD_SECTOR_BYTES));
}

static int make_layout(struct convert *c)
{
	struct fvd_error error = { "" };
	struct fvd_superblock *sb = &c->sb;
	u64 nr_chunks;
	int r;

	c->layout.virtual_size_bytes = c->source.size_bytes;
	c->layout.base_size_bytes = c->job.keep_base_bytes;
	take_layout_of_source(c);
	r = fvd_layout_compute(sb, &c->layout, &error);
	if (!r)
		r = fvd_image_check_memory(sb, &error);
	if (r) {
		message(c->target.path, "%s", error.text);
		return EXIT_USAGE;
	}
	warn_about_sectors(c);
	if (!c->layout.compact)
		return EXIT_OK;
	nr_chunks = c->target.is_new ?
		min_t(u64, (sb->virtual_size_bytes + sb->chunk_size_bytes - 1) /
		      sb->chunk_size_bytes, FVD_ENTRY_LIMIT) :
		fvd_layout_capacity_chunks(sb, c->target.dev.size_bytes);
	if (nr_chunks)
		sb->image_size_bytes = sb->data_offset_bytes +
			nr_chunks * sb->chunk_size_bytes;
	return EXIT_OK;
}

static int fill_superblock(struct convert *c)
{
	const struct fvd_superblock *from = &c->source.v3.sb;
	struct fvd_superblock *sb = &c->sb;

	sb->prefetch_start_delay_s = -1;
	sb->copy_on_read = true;
	if (c->source.kind == FVD_SOURCE_V1) {
		sb->copy_on_read = c->source.v1.header.copy_on_read;
	} else if (c->source.kind == FVD_SOURCE_IMAGE) {
		sb->copy_on_read = from->copy_on_read;
		memcpy(sb->label, from->label, sizeof(sb->label));
	}
	if (c->label) {
		memset(sb->label, 0, sizeof(sb->label));
		memcpy(sb->label, c->label, strlen(c->label));
	}
	if (superblock_identify(sb, NULL))
		return EXIT_FAILED;
	return sb->base_size_bytes ?
		superblock_set_base(sb, c->request.base_path,
				    &c->source.base) : EXIT_OK;
}

/* A raw disk in a file ends where the file does. */
static int set_size(struct convert *c, u64 nr_bytes)
{
	struct fvd_error error = { "" };
	struct fvd_device *dev = &c->target.dev;

	if (!c->target.is_new && (dev->is_block || !c->is_to_raw))
		return EXIT_OK;
	if (!fvd_device_resize(dev, nr_bytes, &error))
		return EXIT_OK;
	message(c->target.path, "%s", error.text);
	return EXIT_FAILED;
}

/* Everything that can be refused without touching the target. */
static int prepare(struct convert *c)
{
	u64 needed;
	int r;

	c->job.source = &c->source;
	c->job.target = &c->target.dev;
	c->job.keep_base_bytes = kept_base_bytes(c);
	c->job.is_target_blank = c->target.is_new;
	if (c->is_to_raw) {
		needed = c->source.size_bytes;
		r = superblock_identify(&c->sb, NULL);
	} else {
		r = make_layout(c);
		needed = c->sb.image_size_bytes;
		if (!r)
			r = fill_superblock(c);
	}
	if (r)
		return r;
	if (!c->target.is_new && c->target.dev.size_bytes < needed) {
		message(c->target.path, "has %llu bytes, expected at least %llu",
			(unsigned long long)c->target.dev.size_bytes,
			(unsigned long long)needed);
		return EXIT_FAILED;
	}
	r = target_clear(&c->target, c->force);
	return r ?: set_size(c, needed);
}

static void show_progress(void *context, u64 done_bytes, u64 total_bytes)
{
	static const char bar[] = "########################################";
	unsigned int *shown = context;
	unsigned int permille = total_bytes ?
		(done_bytes >> 10) * 1000 / ((total_bytes >> 10) ?: 1) : 1000;
	char text[32];

	permille = min(permille, 1000U);
	if (permille == *shown)
		return;
	*shown = permille;
	fprintf(stderr, "\r[%-40.*s] %3u.%u %% of %s", (int)(permille / 25),
		bar, permille / 10, permille % 10,
		format_size(text, total_bytes));
	fflush(stderr);
}

static int convert(struct convert *c)
{
	struct fvd_error error = { "" };
	unsigned int shown = U32_MAX;
	int r;

	if (c->shows_progress) {
		c->job.progress = show_progress;
		c->job.context = &shown;
	}
	if (c->is_to_raw)
		r = fvd_convert_to_raw(&c->job, c->sb.uuid, &error);
	else
		r = fvd_convert_to_image(&c->job, &c->sb, &error);
	if (shown != U32_MAX)
		fputc('\n', stderr);
	if (!r)
		return EXIT_OK;
	message(c->target.path, "%s", error.text);
	return EXIT_FAILED;
}

static void report_result(const struct convert *c)
{
	const struct fvd_superblock *sb = &c->sb;
	bool is_compact = !c->is_to_raw && fvd_superblock_is_compact(sb);
	struct report report;
	char uuid[37];

	report_begin(&report, c->cli.json);
	report_text(&report, "source", "source", c->request.path);
	report_text(&report, "target", "target", c->target.path);
	report_text(&report, "layout", "layout",
		    c->is_to_raw ? "raw" : is_compact ? "compact" : "flat");
	report_size(&report, "virtual_size_bytes", "disk size",
		    c->source.size_bytes);
	report_size(&report, "stored_bytes", "stored", c->job.nr_stored_bytes);
	if (!c->is_to_raw) {
		report_text(&report, "uuid", "UUID",
			    format_uuid(uuid, sb->uuid));
		report_text(&report, "base", "base",
			    sb->base_size_bytes ? c->request.base_path : NULL);
		report_size(&report, "block_size_bytes", "block size",
			    sb->block_size_bytes);
	}
	if (is_compact) {
		report_size(&report, "chunk_size_bytes", "chunk size",
			    sb->chunk_size_bytes);
		report_number(&report, "used_chunks", "chunks used",
			      c->job.nr_used_chunks);
	}
	report_end(&report);
}

static int run(const struct command *command, int argc, char **argv)
{
	struct convert c = {
		.shows_progress = isatty(STDERR_FILENO),
		.target.dev.fd = -1,
	};
	int r;

	parse(&c, command, argc, argv);
	r = open_source(&c);
	if (!r)
		r = open_target(&c);
	if (!r)
		r = prepare(&c);
	if (!r)
		r = convert(&c);
	if (!r)
		report_result(&c);
	fvd_source_close(&c.source);
	target_close(&c.target, r);
	return r;
}

const struct command command_convert = {
	.name = "convert",
	.summary = "bring a disk from one form to another",
	.operands = "SOURCE TARGET",
	.min_operands = 2,
	.max_operands = 2,
	.reports = true,
	.options = options,
	.run = run,
};
