// SPDX-License-Identifier: GPL-2.0-only
/*
 * Telling about images of version 1.
 *
 * Left out on purpose: repair. Version 1 is read and never written.
 */
#include <json-c/json.h>
#include <stdlib.h>

#include "cli.h"
#include "report.h"
#include "v1.h"

/* A hostile image could have millions. */
#define MAX_RANGES	1000

struct range {
	u64 offset_bytes;
	u64 nr_bytes;
};

/**
 * struct ranges - where one finding was made.
 * @nr: of ranges, neighbours joined
 * @nr_bytes: all together
 * @list: the first ones
 */
struct ranges {
	u64 nr;
	u64 nr_bytes;
	struct range list[MAX_RANGES];
};

struct v1_check {
	const char *path;
	bool json;
	struct fvd_v1_image image;
	struct ranges ranges[FVD_V1_NR_FINDINGS];
	struct json_object *problems;
	u64 nr_problems;
};

static void report_identity(struct report *report,
			    const struct fvd_v1_header *header)
{
	report_number(report, "format_version", "format version",
		      FVD_V1_VERSION);
	report_text(report, "layout", "layout",
		    header->compact ? "compact" : "flat");
	report_flag(report, "clean", "cleanly closed", header->clean);
	report_flag(report, "complete", "complete",
		    header->all_data || !header->base_size_bytes);
	report_flag(report, "copy_on_read", "copy-on-read",
		    header->copy_on_read);
	report_flag(report, "need_zero_init", NULL, header->need_zero_init);
	if (header->need_zero_init)
		report_line(report,
			    "holes of the base:  left out, the file reads as zeros there");
}

static void report_sizes(struct report *report,
			 const struct fvd_v1_header *header)
{
	report_size(report, "virtual_size_bytes", "disk size",
		    header->virtual_size_bytes);
	report_size(report, "base_size_bytes",
		    header->base_size_bytes ? "base size" : NULL,
		    header->base_size_bytes);
	report_text(report, "base", header->base_path[0] ? "base (hint)" : NULL,
		    header->base_path);
	report_text(report, "data", header->data_path[0] ? "data (hint)" : NULL,
		    header->data_path);
	report_size(report, "block_size_bytes",
		    header->block_size_bytes ? "block size" : NULL,
		    header->block_size_bytes);
	report_size(report, "chunk_size_bytes",
		    header->compact ? "chunk size" : NULL,
		    header->chunk_size_bytes);
	report_size(report, "journal_size_bytes",
		    header->journal_size_bytes ? "journal size" : NULL,
		    header->journal_size_bytes);
	report_number(report, "data_offset_bytes", "data offset",
		      header->data_start_bytes);
}

static void report_usage(struct report *report,
			 const struct fvd_v1_image *image)
{
	const struct fvd_v1_header *header = &image->header;
	u64 local;

	report_number(report, "journal_records", NULL, image->nr_records);
	report_number(report, "journal_sectors", NULL,
		      image->nr_journal_sectors);
	if (!header->clean)
		report_line(report, "journal to replay:  %llu records in %llu sectors",
			    (unsigned long long)image->nr_records,
			    (unsigned long long)image->nr_journal_sectors);
	if (fvd_v1_has_bitmap(header)) {
		local = fvd_bitmap_count(image->map.bitmap, 0,
					 header->nr_blocks);
		report_number(report, "base_blocks", NULL, header->nr_blocks);
		report_number(report, "local_base_blocks", NULL, local);
		report_line(report, "base blocks local:  %llu of %llu (%.1f %%)",
			    (unsigned long long)local,
			    (unsigned long long)header->nr_blocks,
			    100.0 * local / header->nr_blocks);
	}
	if (!header->compact)
		return;
	report_number(report, "used_chunks", NULL, image->nr_used_chunks);
	report_number(report, "chunks", NULL, header->nr_chunks);
	report_line(report, "chunks used:        %llu of %llu",
		    (unsigned long long)image->nr_used_chunks,
		    (unsigned long long)header->nr_chunks);
}

int v1_info(const char *path, struct fvd_device *dev, bool json)
{
	struct fvd_error error = { "" };
	struct fvd_v1_image image;
	struct report report;
	int r;

	r = fvd_v1_image_open(&image, dev, &error);
	if (r) {
		message(path, "%s", error.text);
		fvd_v1_image_close(&image);
		return exit_code_of(r);
	}
	report_begin(&report, json);
	report_text(&report, "image", "image", path);
	report_identity(&report, &image.header);
	report_sizes(&report, &image.header);
	r = fvd_v1_image_load(&image, NULL, 0, NULL, NULL, &error);
	if (!r)
		report_usage(&report, &image);
	report_number(&report, "findings", NULL,
		      __builtin_popcount(image.map.findings));
	if (image.map.findings)
		report_line(&report, "findings:           see \"fvd check\"");
	report_text(&report, "error", NULL, r ? error.text : NULL);
	report_end(&report);
	if (r)
		message(path, "%s", error.text);
	fvd_v1_image_close(&image);
	return exit_code_of(r);
}

static void collect(void *context, enum fvd_v1_finding finding,
		    u64 offset_bytes, u64 nr_bytes)
{
	struct v1_check *c = context;
	struct ranges *ranges = &c->ranges[finding];
	struct range *last;

	ranges->nr_bytes += nr_bytes;
	if (ranges->nr && ranges->nr <= MAX_RANGES) {
		last = &ranges->list[ranges->nr - 1];
		if (last->offset_bytes + last->nr_bytes == offset_bytes) {
			last->nr_bytes += nr_bytes;
			return;
		}
	}
	if (ranges->nr++ < MAX_RANGES)
		ranges->list[ranges->nr - 1] = (struct range){
			offset_bytes, nr_bytes,
		};
}

static void add_number(struct json_object *array, u64 number)
{
	json_object_array_add(array, json_object_new_uint64(number));
}

static struct json_object *ranges_json(const struct ranges *ranges)
{
	struct json_object *array = json_object_new_array(), *pair;
	u64 i;

	for (i = 0; i < ranges->nr && i < MAX_RANGES; i++) {
		pair = json_object_new_array();
		add_number(pair, ranges->list[i].offset_bytes);
		add_number(pair, ranges->list[i].nr_bytes);
		json_object_array_add(array, pair);
	}
	return array;
}

static void problem(struct v1_check *c, const char *text, const char *words,
		    const struct ranges *ranges)
{
	struct json_object *object = json_object_new_object();
	u64 i;

	c->nr_problems++;
	json_object_object_add(object, "text", report_string(text));
	json_object_object_add(object, "repairable",
			       json_object_new_boolean(false));
	if (!c->json)
		report_print_line("%s: %s%s%s", c->path, text,
				  words ? "; convert --accept " : "",
				  words ?: "");
	if (words)
		json_object_object_add(object, "accept",
				       json_object_new_string(words));
	for (i = 0; ranges && !c->json && i < ranges->nr && i < MAX_RANGES; i++)
		printf("\t%llu bytes at %llu\n",
		       (unsigned long long)ranges->list[i].nr_bytes,
		       (unsigned long long)ranges->list[i].offset_bytes);
	if (ranges && !c->json && ranges->nr > MAX_RANGES)
		printf("\tand %llu more ranges\n",
		       (unsigned long long)ranges->nr - MAX_RANGES);
	if (ranges)
		json_object_object_add(object, "ranges", ranges_json(ranges));
	json_object_array_add(c->problems, object);
}

static void report_problems(struct v1_check *c, int r, const char *error)
{
	unsigned int i;

	if (r)
		problem(c, error, NULL, NULL);
	for (i = 0; i < FVD_V1_NR_FINDINGS; i++)
		if (c->ranges[i].nr)
			problem(c, fvd_v1_finding_text(i),
				fvd_v1_finding_words(i), &c->ranges[i]);
}

static void report_verdict(struct v1_check *c, int code, bool has_data)
{
	const struct fvd_v1_image *image = &c->image;
	struct report report;

	report_begin(&report, c->json);
	report_text(&report, "image", NULL, c->path);
	report_number(&report, "format_version", NULL, FVD_V1_VERSION);
	report_text(&report, "result", NULL, check_exit_text(code));
	report_number(&report, "exit_code", NULL, code);
	report_number(&report, "problems_found", NULL, c->nr_problems);
	report_number(&report, "journal_records", NULL, image->nr_records);
	report_number(&report, "journal_sectors", NULL,
		      image->nr_journal_sectors);
	report_number(&report, "journal_sectors_bad", NULL,
		      image->nr_bad_sectors);
	json_object_object_add(report.object, "problems", c->problems);
	if (!has_data)
		report_line(&report,
			    "%s: its data is in another file: whether that holds it was not checked (see --data)",
			    c->path);
	if (image->nr_bad_sectors)
		report_line(&report,
			    "%s: %llu sectors of the journal make no sense; it was closed cleanly, they do not count",
			    c->path, (unsigned long long)image->nr_bad_sectors);
	report_line(&report, "%s: %s", c->path, check_exit_text(code));
	report_end(&report);
}

static int verdict(const struct v1_check *c, int r)
{
	if (r == -EIO || r == -ENOMEM)
		return CHECK_FAILED;
	if (c->nr_problems)
		return CHECK_DAMAGED;
	/* Without metadata there is nothing to replay. */
	return c->image.header.clean || !c->image.header.journal_size_bytes ?
		CHECK_CLEAN : CHECK_PENDING;
}

static int check(struct v1_check *c, struct fvd_device *dev,
		 struct fvd_device *data)
{
	struct fvd_error error = { "" };
	bool has_data;
	int code, r;

	r = fvd_v1_image_open(&c->image, dev, &error);
	has_data = r || data || !fvd_v1_has_data_file(&c->image.header);
	if (!r)
		r = fvd_v1_image_load(&c->image, data, 0, collect, c, &error);
	c->problems = json_object_new_array();
	report_problems(c, r, error.text);
	code = verdict(c, r);
	report_verdict(c, code, has_data);
	fvd_v1_image_close(&c->image);
	return code;
}

int v1_check(const char *path, struct fvd_device *dev, const char *data_path,
	     bool json)
{
	struct v1_check *c = calloc(1, sizeof(*c));
	struct fvd_error error = { "" };
	struct fvd_device data;
	int r;

	if (!c) {
		message(path, "out of memory");
		return CHECK_FAILED;
	}
	c->path = path;
	c->json = json;
	if (data_path && fvd_device_open(&data, data_path, 0, &error)) {
		message(data_path, "%s", error.text);
		free(c);
		return CHECK_FAILED;
	}
	r = check(c, dev, data_path ? &data : NULL);
	if (data_path)
		fvd_device_close(&data);
	free(c);
	return r;
}
