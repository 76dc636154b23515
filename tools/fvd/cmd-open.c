// SPDX-License-Identifier: GPL-2.0-only
/*
 * fvd open: an image becomes a block device.
 */
#include <stdlib.h>

#include "dm.h"
#include "node.h"
#include "report.h"

enum {
	OPTION_BASE, OPTION_DATA, OPTION_READ_ONLY, OPTION_COPY_ON_READ,
	OPTION_NO_COPY_ON_READ, OPTION_FEATURE, OPTION_SET,
};

static const struct cli_option options[] = {
	{ "base", "DEV", "the golden image; default: as recorded at creation" },
	{ "data", "DEV", "the data device; default: as recorded at creation" },
	{ "read-only", NULL, "write nothing, not even the journal's replay" },
	{ "copy-on-read", NULL, "keep what is read; default: as recorded at creation" },
	{ "no-copy-on-read", NULL, "do not keep what is read" },
	{ "feature", "WORD", "any feature of the target, e.g. no_discard, ignore_base_stamp" },
	{ "set", "KEY=VALUE", "any setting of the target, e.g. commit_interval_ms=1000" },
	{ NULL },
};

struct open {
	struct cli cli;
	const char *name;
	const char *path;
	const char *base_path;
	const char *data_path;
	bool read_only;
	struct table_line line;
	struct fvd_superblock sb;
	char uuid[130];
};

static void take_word(struct open *o, bool taken, const char *option)
{
	if (!taken)
		cli_usage_error(o->cli.command, "--%s: \"%s\" makes no sense",
				option, o->cli.argument);
}

static void parse(struct open *o, const struct command *command, int argc,
		  char **argv)
{
	int id;

	cli_begin(&o->cli, command, argc, argv);
	while ((id = cli_next(&o->cli)) >= 0) {
		if (id == OPTION_BASE)
			o->base_path = o->cli.argument;
		else if (id == OPTION_DATA)
			o->data_path = o->cli.argument;
		else if (id == OPTION_READ_ONLY)
			table_line_add_feature(&o->line, "read_only");
		else if (id == OPTION_COPY_ON_READ)
			table_line_add_feature(&o->line, "copy_on_read");
		else if (id == OPTION_NO_COPY_ON_READ)
			table_line_add_feature(&o->line, "no_copy_on_read");
		else if (id == OPTION_FEATURE)
			take_word(o, table_line_add_feature(&o->line,
							    o->cli.argument),
				  "feature");
		else
			take_word(o, table_line_set(&o->line, o->cli.argument),
				  "set");
	}
	o->name = o->cli.operands[0];
	o->path = o->cli.operands[1];
	if (!dm_is_name_good(o->name))
		cli_usage_error(command,
				"NAME: found \"%s\", expected up to 90 letters, digits and characters of #+-.:=@_",
				o->name);
	o->read_only = table_line_has_feature(&o->line, "read_only");
}

static int read_superblock(struct open *o)
{
	struct fvd_error error = { "" };
	struct fvd_image image;
	struct fvd_device dev;
	u64 size_bytes;
	int r;

	r = node_find(o->path, "image", o->line.image, &size_bytes);
	if (r)
		return r;
	r = fvd_device_open(&dev, o->path, 0, &error);
	if (r) {
		message(o->path, "%s", error.text);
		return EXIT_FAILED;
	}
	r = fvd_image_open(&image, &dev, &error);
	if (!r)
		r = fvd_image_check_size(&image, &error);
	if (!r && image.sb.state_flags & FVD_STATE_UNFINISHED)
		r = fvd_error_set(&error, -EUCLEAN,
				  "was not finished by the tool that made it");
	o->sb = image.sb;
	fvd_image_close(&image);
	fvd_device_close(&dev);
	if (r)
		message(o->path, "%s", error.text);
	return exit_code_of(r);
}

/* Two at once would destroy the image; its UUID is in the device's. */
static int refuse_second(struct open *o)
{
	struct dm_device *devices;
	unsigned int i, nr, length;
	int r;

	length = snprintf(o->uuid, sizeof(o->uuid), "FVD-");
	for (i = 0; i < FVD_UUID_BYTES; i++)
		length += snprintf(o->uuid + length, sizeof(o->uuid) - length,
				   "%02x", o->sb.uuid[i]);
	length += snprintf(o->uuid + length, sizeof(o->uuid) - length, "-");
	r = dm_list_devices(&devices, &nr);
	for (i = 0; !r && i < nr; i++) {
		if (strncmp(devices[i].uuid, o->uuid, length))
			continue;
		message(o->path, "is open already, as %s", devices[i].name);
		r = EXIT_REFUSED;
	}
	free(devices);
	snprintf(o->uuid + length, sizeof(o->uuid) - length, "%s", o->name);
	return r;
}

static void report_result(const struct open *o)
{
	struct report report;
	char path[160];

	snprintf(path, sizeof(path), "/dev/mapper/%s", o->name);
	report_begin(&report, o->cli.json);
	report_line(&report, "%s", path);
	report_text(&report, "name", NULL, o->name);
	report_text(&report, "device", NULL, path);
	report_text(&report, "dm_uuid", NULL, o->uuid);
	report_size(&report, "size_bytes", NULL, o->sb.virtual_size_bytes);
	report_flag(&report, "read_only", NULL, o->read_only);
	report_end(&report);
}

static int open_image(struct open *o)
{
	char params[TABLE_LINE_BYTES];
	int r;

	r = read_superblock(o);
	if (!r)
		r = node_find_base(&o->sb, o->path, o->base_path,
				   o->line.base);
	if (!r)
		r = node_find_data(&o->sb, o->path, o->data_path,
				   o->line.data);
	if (!r)
		r = refuse_second(o);
	if (r)
		return r;
	if (!table_line_format(&o->line, params, sizeof(params))) {
		message(o->name, "the table line is too long");
		return EXIT_USAGE;
	}
	r = dm_create(o->name, o->uuid,
		      o->sb.virtual_size_bytes >> FVD_SECTOR_SHIFT, params,
		      o->read_only);
	if (!r)
		report_result(o);
	return r;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct open o = { .name = NULL };

	parse(&o, command, argc, argv);
	dm_begin();
	return open_image(&o);
}

const struct command command_open = {
	.name = "open",
	.summary = "make a block device of an image",
	.operands = "NAME IMAGE",
	.min_operands = 2,
	.max_operands = 2,
	.reports = true,
	.options = options,
	.run = run,
};
