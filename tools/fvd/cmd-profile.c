// SPDX-License-Identifier: GPL-2.0-only
/*
 * fvd profile: what a boot touches of the base: record it, keep it, look at it,
 * carry it to the next image.
 *
 * Recording and saving is the kernel's work; the rest reads and writes the
 * region of an image. An open image's region is only read here.
 */
#include <json-c/json.h>
#include <stdlib.h>

#include "open-image.h"
#include "cli.h"
#include "profile-file.h"
#include "report.h"

enum { OPTION_SVG, OPTION_OFF };

static const struct cli_option options[] = {
	{ "svg", "FILE", "show: a picture in this file, - for stdout" },
	{ "off", NULL, "record: end recording" },
	{ NULL },
};

struct profile_command {
	struct cli cli;
	const char *verb;
	const char *svg;
	bool off;
};

/* Of a file, an image, or an open device. */
static int read_any(struct profile_file *file, const char *name)
{
	struct open_image open;
	int r;

	memset(file, 0, sizeof(*file));
	if (!open_image_is_name(name) && profile_file_is(name))
		return profile_file_read(file, name);
	r = open_image_find(&open, name, false);
	if (r)
		return r;
	r = profile_file_read_region(file, name, &open.dev, &open.image.sb);
	open_image_close(&open);
	return r;
}

static void add_number(struct json_object *object, const char *key, u64 value)
{
	json_object_object_add(object, key, json_object_new_uint64(value));
}

static struct json_object *make_entries(const struct fvd_profile *profile)
{
	struct json_object *array = json_object_new_array(), *object;
	const struct fvd_profile_entry *entry;
	u32 i;

	for (i = 0; i < profile->nr_entries; i++) {
		entry = &profile->entries[i];
		object = json_object_new_object();
		add_number(object, "offset_bytes",
			   entry->first_unit << profile->unit_shift);
		add_number(object, "nr_bytes",
			   (u64)entry->nr_units << profile->unit_shift);
		add_number(object, "time_ms", entry->time_ms);
		json_object_array_add(array, object);
	}
	return array;
}

static int show(const struct profile_command *c)
{
	struct profile_file file;
	struct report report;
	char stamp[16] = "none";
	__le32 raw;
	int r;

	r = read_any(&file, c->cli.operands[1]);
	if (r || c->svg) {
		r = r ?: profile_show_svg(&file, c->svg);
		profile_file_free(&file);
		return r;
	}
	memcpy(&raw, file.base.stamp, sizeof(raw));
	if (file.base.stamp_kind)
		snprintf(stamp, sizeof(stamp), "%08x", le32_to_cpu(raw));
	report_begin(&report, c->cli.json);
	report_size(&report, "base_size_bytes", "base size", file.base.size_bytes);
	report_text(&report, "base_stamp", "base stamp", stamp);
	report_size(&report, "touched_bytes", "touched",
		    file.profile.nr_units << file.profile.unit_shift);
	report_number(&report, "pieces", "pieces", file.profile.nr_entries);
	report_size(&report, "unit_bytes", "unit", 1ULL << file.profile.unit_shift);
	report_number(&report, "duration_ms", "duration, ms",
		      file.profile.duration_ms);
	report_flag(&report, "truncated", "cut off", file.profile.truncated);
	if (c->cli.json)
		json_object_object_add(report.object, "entries",
				       make_entries(&file.profile));
	else
		profile_show_text(&file);
	report_end(&report);
	profile_file_free(&file);
	return EXIT_OK;
}

static int export(const struct profile_command *c)
{
	struct profile_file file;
	int r;

	r = read_any(&file, c->cli.operands[1]);
	if (!r)
		r = profile_file_write(&file, c->cli.operands[2]);
	profile_file_free(&file);
	return r;
}

/* @bytes: to the start of the region, padded to whole pages. */
static int write_region(struct open_image *open, const char *name,
			const u8 *bytes, u64 nr_bytes)
{
	const struct fvd_superblock *sb = &open->image.sb;
	u64 nr_padded = round_up(nr_bytes, (u64)FVD_PAGE_BYTES);
	struct fvd_error error = { "" };
	void *padded;
	int r;

	if (nr_padded > sb->profile_size_bytes) {
		message(name, "the profile has %llu bytes, the image's region %llu",
			(unsigned long long)nr_bytes,
			(unsigned long long)sb->profile_size_bytes);
		return EXIT_REFUSED;
	}
	if (posix_memalign(&padded, FVD_PAGE_BYTES, nr_padded)) {
		message(name, "out of memory");
		return EXIT_FAILED;
	}
	memset(padded, 0, nr_padded);
	memcpy(padded, bytes, nr_bytes);
	r = fvd_device_write(&open->dev, sb->profile_offset_bytes, padded,
			     nr_padded, &error);
	if (!r)
		r = fvd_device_flush(&open->dev, &error);
	free(padded);
	if (r)
		message(name, "%s", error.text);
	return r ? EXIT_FAILED : EXIT_OK;
}

static int check_same_base(const struct profile_file *file,
			   const struct fvd_superblock *sb, const char *name)
{
	struct fvd_profile_base base;

	fvd_profile_base_of(&base, sb);
	if (file->base.size_bytes != base.size_bytes ||
	    file->base.stamp_kind != base.stamp_kind ||
	    memcmp(file->base.stamp, base.stamp, sizeof(base.stamp))) {
		message(name, "the profile is of another base");
		return EXIT_REFUSED;
	}
	return EXIT_OK;
}

static int import(const struct profile_command *c)
{
	const char *name = c->cli.operands[2];
	struct profile_file file;
	struct open_image open;
	int r;

	r = read_any(&file, c->cli.operands[1]);
	if (!r && open_image_is_name(name)) {
		message(name, "is open; close it before");
		r = EXIT_REFUSED;
	}
	if (!r)
		r = open_image_find(&open, name, true);
	if (!r) {
		r = check_same_base(&file, &open.image.sb, name);
		if (!r)
			r = write_region(&open, name, file.bytes, file.nr_bytes);
		open_image_close(&open);
	}
	profile_file_free(&file);
	return r;
}

static int tell(const struct profile_command *c, const char *text)
{
	struct dm_device device;
	char *answer;
	int r;

	r = dm_find(c->cli.operands[1], &device);
	if (!r)
		r = dm_message(c->cli.operands[1], text, &answer);
	if (!r)
		free(answer);
	return r;
}

static int clear(const struct profile_command *c)
{
	static const u8 zeros[FVD_PAGE_BYTES];
	const char *name = c->cli.operands[1];
	struct open_image open;
	int r;

	if (open_image_is_name(name))
		return tell(c, "profile clear");
	r = open_image_find(&open, name, true);
	if (r)
		return r;
	if (open.image.sb.profile_size_bytes)
		r = write_region(&open, name, zeros, sizeof(zeros));
	open_image_close(&open);
	return r;
}

static int record(const struct profile_command *c)
{
	return tell(c, c->off ? "profile stop" : "profile record");
}

static int save(const struct profile_command *c)
{
	return tell(c, "profile save");
}

static const struct {
	const char *name;
	int nr_operands;
	int (*run)(const struct profile_command *c);
} verbs[] = {
	{ "record", 2, record },
	{ "save", 2, save },
	{ "show", 2, show },
	{ "export", 3, export },
	{ "import", 3, import },
	{ "clear", 2, clear },
};

static int run(const struct command *command, int argc, char **argv)
{
	struct profile_command c = { .svg = NULL };
	unsigned int i;
	int id;

	cli_begin(&c.cli, command, argc, argv);
	while ((id = cli_next(&c.cli)) >= 0) {
		if (id == OPTION_SVG)
			c.svg = c.cli.argument;
		else
			c.off = true;
	}
	c.verb = c.cli.operands[0];
	for (i = 0; i < ARRAY_SIZE(verbs); i++)
		if (!strcmp(verbs[i].name, c.verb))
			break;
	if (i == ARRAY_SIZE(verbs))
		cli_usage_error(command, "%s is no word of fvd profile: see --help",
				c.verb);
	if (c.cli.nr_operands != verbs[i].nr_operands)
		cli_usage_error(command, "%s needs %d operands", c.verb,
				verbs[i].nr_operands - 1);
	if ((c.svg && strcmp(c.verb, "show")) || (c.off && strcmp(c.verb, "record")))
		cli_usage_error(command, "--svg goes with show, --off with record");
	dm_begin();
	return verbs[i].run(&c);
}

const struct command command_profile = {
	.name = "profile",
	.summary = "record what a boot touches, show it, carry it to the next image",
	.operands = "record|save|show|clear NAME, export NAME FILE, import FILE IMAGE",
	.min_operands = 2,
	.max_operands = 3,
	.reports = true,
	.options = options,
	.run = run,
};
