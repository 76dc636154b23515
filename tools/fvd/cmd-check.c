// SPDX-License-Identifier: GPL-2.0-only
/*
 * fvd check: is the metadata of an image whole and consistent?
 *
 * Repair means: what is true is still there twice or can be computed. A bad
 * superblock copy is made from the good one; a pending journal is replayed; a
 * request for a check is dropped when the check found nothing. A bad page has
 * no second copy, and to invent its bits would hand out wrong data.
 */
#include <json-c/json.h>
#include <stdarg.h>

#include "cli.h"
#include "fvd-image.h"
#include "report.h"
#include "v1.h"

enum { OPTION_REPAIR, OPTION_DATA };

static const struct cli_option options[] = {
	{ "repair", NULL, "repair what can be repaired without guessing; default: only look" },
	{ "data", "FILE", "the data of an image of version 1 that has them in another file" },
	{ NULL },
};

/* A hostile image could have millions. */
#define MAX_SHOWN	100

struct check {
	const char *path;
	bool json;
	bool repair;
	struct fvd_image image;
	struct json_object *problems;
	u64 nr_problems;
	u64 nr_repairable;
	u64 nr_repaired;
	bool is_superblock_bad[FVD_NR_SUPERBLOCKS];
	bool is_replay_pending;
	bool is_io_error;
};

static void problem(struct check *c, bool repairable, const char *format, ...)
	__printf(3, 4);

static void problem(struct check *c, bool repairable, const char *format, ...)
{
	struct json_object *object;
	char text[256];
	va_list args;

	c->nr_problems++;
	if (repairable)
		c->nr_repairable++;
	if (c->nr_problems > MAX_SHOWN)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (!c->json)
		report_print_line("%s: %s%s", c->path, text,
				  repairable ? " (repairable)" : "");
	object = json_object_new_object();
	json_object_object_add(object, "text", report_string(text));
	json_object_object_add(object, "repairable",
			       json_object_new_boolean(repairable));
	json_object_array_add(c->problems, object);
}

/* An error of the device is not a problem of the image. */
static void problem_or_failure(struct check *c, int r,
			       const struct fvd_error *error)
{
	if (r == -EIO || r == -ENOMEM)
		c->is_io_error = true;
	problem(c, false, "%s", error->text);
}

static void check_superblocks(struct check *c)
{
	struct fvd_superblock sb, *good = &c->image.sb;
	struct fvd_error error = { "" };
	unsigned int i;

	for (i = 0; i < FVD_NR_SUPERBLOCKS; i++) {
		if (i == c->image.which)
			continue;
		if (!fvd_image_is_superblock_good(&c->image, i, &sb, &error)) {
			c->is_superblock_bad[i] = true;
			problem(c, true, "superblock copy %u: %s", i,
				error.text);
		} else if (memcmp(sb.uuid, good->uuid, sizeof(sb.uuid))) {
			c->is_superblock_bad[i] = true;
			problem(c, true,
				"superblock copy %u belongs to another image", i);
		} else if (sb.generation == good->generation &&
			   memcmp(c->image.raw[0], c->image.raw[1],
				  FVD_SUPERBLOCK_BYTES)) {
			problem(c, false,
				"both superblocks have generation %llu, but differ",
				(unsigned long long)sb.generation);
		}
	}
}

static void check_state(struct check *c)
{
	const struct fvd_superblock *sb = &c->image.sb;

	if (sb->state_flags & FVD_STATE_UNFINISHED)
		problem(c, false, "was not finished by the tool that made it");
	if (sb->state_flags & FVD_STATE_NEEDS_CHECK)
		problem(c, true, "asks for a check, after a failure");
	if (sb->feature_ro_compat & ~FVD_RO_COMPAT_KNOWN)
		problem(c, false,
			"has unknown features %llx; it can be opened read-only",
			(unsigned long long)(sb->feature_ro_compat &
					     ~FVD_RO_COMPAT_KNOWN));
}

/* Returns: false if the map can not be trusted enough to go on. */
static bool check_pages(struct check *c)
{
	u64 index = 0, nr_bad = 0;
	u64 nr_pages = fvd_geometry_nr_pages(&c->image.map.geo);
	struct fvd_error error = { "" };
	int r;

	r = fvd_image_load_checksums(&c->image, &error);
	if (r) {
		problem_or_failure(c, r, &error);
		return false;
	}
	while (index < nr_pages) {
		r = fvd_image_load_pages(&c->image, &index, &error);
		if (!r)
			break;
		problem_or_failure(c, r, &error);
		nr_bad++;
		index++;
	}
	return !nr_bad;
}

static bool check_journal(struct check *c)
{
	struct fvd_superblock *sb = &c->image.sb;
	struct fvd_error error = { "" };
	int r;

	r = fvd_image_scan_journal(&c->image, !sb->clean, &error);
	if (r) {
		problem(c, false, "journal block %llu (sequence %llu): %s",
			(unsigned long long)c->image.journal.next_block,
			(unsigned long long)c->image.journal.next_sequence,
			error.text);
		c->is_io_error = c->is_io_error || r == -EIO || r == -ENOMEM;
		return false;
	}
	if (sb->clean && c->image.journal.nr_blocks) {
		problem(c, false,
			"is marked as cleanly closed, but its journal holds %llu blocks",
			(unsigned long long)c->image.journal.nr_blocks);
		return false;
	}
	c->is_replay_pending = !sb->clean;
	return true;
}

static void check_map(struct check *c)
{
	struct fvd_error error = { "" };
	int r;

	r = fvd_image_check_map(&c->image, &error);
	if (r) {
		problem_or_failure(c, r, &error);
		return;
	}
	if (c->image.sb.complete && c->image.map.nr_base_blocks_left)
		problem(c, false,
			"is marked as complete, but %llu blocks are only in the base",
			(unsigned long long)c->image.map.nr_base_blocks_left);
}

static void check_all(struct check *c)
{
	struct fvd_error error = { "" };
	int r;

	check_superblocks(c);
	check_state(c);
	r = fvd_image_check_size(&c->image, &error);
	if (!r)
		r = fvd_image_alloc(&c->image, &error);
	if (r) {
		problem_or_failure(c, r, &error);
		return;
	}
	if (check_pages(c) && check_journal(c))
		check_map(c);
}

static bool repair_superblocks(struct check *c, struct fvd_error *error)
{
	unsigned int i;

	for (i = 0; i < FVD_NR_SUPERBLOCKS; i++) {
		if (!c->is_superblock_bad[i])
			continue;
		/* There are two: the bad one is the one that does not count. */
		if (fvd_image_write_superblock(&c->image, error))
			return false;
		c->nr_repaired++;
	}
	return true;
}

static void repair(struct check *c)
{
	struct fvd_error error = { "" };
	bool fine = c->nr_problems == c->nr_repairable && !c->is_io_error;

	/* A replay needs a superblock write, which repairs the bad copy too. */
	if (!repair_superblocks(c, &error))
		goto failed;
	if (!fine)
		return;
	if (c->image.sb.state_flags & FVD_STATE_NEEDS_CHECK) {
		c->image.sb.state_flags &= ~FVD_STATE_NEEDS_CHECK;
		c->nr_repaired++;
	} else if (!c->is_replay_pending) {
		return;
	}
	if (fvd_image_write_back(&c->image, &error))
		goto failed;
	c->is_replay_pending = false;
	return;
failed:
	c->is_io_error = true;
	message(c->path, "%s", error.text);
}

static int verdict(const struct check *c, bool replayed)
{
	if (c->is_io_error)
		return CHECK_FAILED;
	if (c->nr_problems > c->nr_repaired)
		return CHECK_DAMAGED;
	if (c->nr_repaired || replayed)
		return CHECK_REPAIRED;
	return c->is_replay_pending ? CHECK_PENDING : CHECK_CLEAN;
}

static void report_verdict(struct check *c, int code)
{
	const struct fvd_image_journal *journal = &c->image.journal;
	struct report report;

	report_begin(&report, c->json);
	report_text(&report, "image", NULL, c->path);
	report_text(&report, "result", NULL, check_exit_text(code));
	report_number(&report, "exit_code", NULL, code);
	report_number(&report, "problems_found", NULL, c->nr_problems);
	report_number(&report, "problems_repaired", NULL, c->nr_repaired);
	report_number(&report, "journal_blocks", NULL, journal->nr_blocks);
	report_number(&report, "journal_records", NULL, journal->nr_records);
	json_object_object_add(report.object, "problems", c->problems);
	c->problems = NULL;
	if (c->nr_problems > MAX_SHOWN)
		report_line(&report, "%s: %llu more problems", c->path,
			    (unsigned long long)c->nr_problems - MAX_SHOWN);
	if (journal->nr_blocks && !c->nr_problems)
		report_line(&report,
			    "%s: journal: %llu blocks with %llu records", c->path,
			    (unsigned long long)journal->nr_blocks,
			    (unsigned long long)journal->nr_records);
	report_line(&report, "%s: %s", c->path, check_exit_text(code));
	report_end(&report);
}

static int check(struct check *c, struct fvd_device *dev)
{
	struct fvd_error error = { "" };
	bool was_pending;
	int code, r;

	r = fvd_image_open(&c->image, dev, &error);
	if (r) {
		problem_or_failure(c, r, &error);
	} else {
		check_all(c);
		was_pending = c->is_replay_pending;
		if (c->repair)
			repair(c);
	}
	code = verdict(c, !r && was_pending && !c->is_replay_pending);
	report_verdict(c, code);
	fvd_image_close(&c->image);
	return code;
}

static int check_image(struct fvd_device *dev, const char *path,
		       const char *data_path, bool is_repair, bool json)
{
	struct check c = { .path = path, .json = json, .repair = is_repair };

	if (fvd_v1_image_probe(dev)) {
		if (!is_repair)
			return v1_check(path, dev, data_path, json);
		message(path, "is of version 1, which is never written to; see fvd-convert(8)");
		return CHECK_FAILED;
	}
	if (data_path) {
		message(path, "is not of version 1, --data makes no sense");
		return CHECK_FAILED;
	}
	c.problems = json_object_new_array();
	return check(&c, dev);
}

static int run(const struct command *command, int argc, char **argv)
{
	struct fvd_error error = { "" };
	const char *data_path = NULL;
	bool is_repair = false;
	struct fvd_device dev;
	struct cli cli;
	int id, r;

	cli_begin(&cli, command, argc, argv);
	while ((id = cli_next(&cli)) >= 0) {
		if (id == OPTION_REPAIR)
			is_repair = true;
		else
			data_path = cli.argument;
	}
	r = fvd_device_open(&dev, cli.operands[0], FVD_DEVICE_EXCLUSIVE |
			    (is_repair ? FVD_DEVICE_WRITE : 0), &error);
	if (r) {
		message(cli.operands[0], "%s", error.text);
		return CHECK_FAILED;
	}
	r = check_image(&dev, cli.operands[0], data_path, is_repair, cli.json);
	fvd_device_close(&dev);
	return r;
}

const struct command command_check = {
	.name = "check",
	.summary = "check the metadata of an image, and repair it",
	.operands = "IMAGE",
	.min_operands = 1,
	.max_operands = 1,
	.reports = true,
	.options = options,
	.run = run,
};
