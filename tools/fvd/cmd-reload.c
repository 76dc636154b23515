// SPDX-License-Identifier: GPL-2.0-only
/*
 * fvd reload: another base device, other features or settings, while the
 * device stays open.
 *
 * The table that is loaded now is the start; what is not named stays.
 */
#include <stdlib.h>

#include "dm.h"
#include "node.h"

enum {
	OPTION_BASE, OPTION_DATA, OPTION_READ_ONLY, OPTION_READ_WRITE,
	OPTION_COPY_ON_READ, OPTION_NO_COPY_ON_READ, OPTION_FEATURE,
	OPTION_NO_FEATURE, OPTION_SET,
};

static const struct cli_option options[] = {
	{ "base", "DEV", "another base device, - for none; default: keep" },
	{ "data", "DEV", "another node of the data device; default: keep" },
	{ "read-only", NULL, "from now on write nothing" },
	{ "read-write", NULL, "end of --read-only" },
	{ "copy-on-read", NULL, "keep what is read" },
	{ "no-copy-on-read", NULL, "do not keep what is read" },
	{ "feature", "WORD", "add a feature of the target" },
	{ "no-feature", "WORD", "take a feature away" },
	{ "set", "KEY=VALUE", "change a setting of the target" },
	{ NULL },
};

/* What is to be changed; applied when the old table is known. */
struct change {
	int id;
	const char *argument;
};

struct reload {
	struct cli cli;
	struct change changes[64];
	unsigned int nr_changes;
	struct table_line line;
	u64 nr_sectors;
};

static void parse(struct reload *l, const struct command *command, int argc,
		  char **argv)
{
	int id;

	cli_begin(&l->cli, command, argc, argv);
	while ((id = cli_next(&l->cli)) >= 0) {
		if (l->nr_changes == ARRAY_SIZE(l->changes))
			cli_usage_error(command, "too many options");
		l->changes[l->nr_changes].id = id;
		l->changes[l->nr_changes++].argument = l->cli.argument;
	}
	if (!l->nr_changes)
		cli_usage_error(command, "nothing to change was given");
}

static int change_node(const char *path, const char *what,
		       char number[TABLE_LINE_WORD_BYTES])
{
	u64 size_bytes;

	if (!strcmp(path, "-") || !strcmp(path, "none")) {
		memcpy(number, "-", 2);
		return EXIT_OK;
	}
	return node_find(path, what, number, &size_bytes);
}

static int check_word(const struct reload *l, bool taken, const char *word)
{
	if (taken)
		return EXIT_OK;
	message(l->cli.operands[0], "\"%s\" makes no sense", word);
	return EXIT_USAGE;
}

static int apply(struct reload *l, const struct change *change)
{
	struct table_line *line = &l->line;
	const char *word = change->argument;

	switch (change->id) {
	case OPTION_BASE:
		return change_node(word, "base", line->base);
	case OPTION_DATA:
		return change_node(word, "data", line->data);
	case OPTION_READ_ONLY:
		return check_word(l, table_line_add_feature(line, "read_only"),
				  "read_only");
	case OPTION_READ_WRITE:
		table_line_drop_feature(line, "read_only");
		return EXIT_OK;
	case OPTION_COPY_ON_READ:
		return check_word(l, table_line_add_feature(line,
							    "copy_on_read"),
				  "copy_on_read");
	case OPTION_NO_COPY_ON_READ:
		return check_word(l, table_line_add_feature(line,
							    "no_copy_on_read"),
				  "no_copy_on_read");
	case OPTION_FEATURE:
		return check_word(l, table_line_add_feature(line, word), word);
	case OPTION_NO_FEATURE:
		table_line_drop_feature(line, word);
		return EXIT_OK;
	default:
		return check_word(l, table_line_set(line, word), word);
	}
}

static int get_table(struct reload *l, const char *name)
{
	char *params;
	int r;

	r = dm_table(name, &l->nr_sectors, &params);
	if (r)
		return r;
	if (!table_line_parse(&l->line, params)) {
		message(name, "the kernel's table is not understood: %s",
			params);
		r = EXIT_FAILED;
	}
	free(params);
	return r;
}

/*
 * I/O that waits for the old base must not be waited for: it ends when the
 * policy gives it up. But who may write no more has to write what he has before.
 */
static bool is_without_flush(const struct reload *l, bool read_only)
{
	unsigned int i;

	for (i = 0; !read_only && i < l->nr_changes; i++)
		if (l->changes[i].id == OPTION_BASE)
			return true;
	return false;
}

static int run(const struct command *command, int argc, char **argv)
{
	char params[TABLE_LINE_BYTES];
	struct reload l = { .nr_changes = 0 };
	struct dm_device device;
	const char *name;
	unsigned int i;
	bool read_only;
	int r;

	parse(&l, command, argc, argv);
	name = l.cli.operands[0];
	dm_begin();
	r = dm_find(name, &device);
	if (!r)
		r = get_table(&l, name);
	for (i = 0; !r && i < l.nr_changes; i++)
		r = apply(&l, &l.changes[i]);
	if (r)
		return r;
	if (!table_line_format(&l.line, params, sizeof(params))) {
		message(name, "the table line is too long");
		return EXIT_FAILED;
	}
	read_only = table_line_has_feature(&l.line, "read_only");
	return dm_reload(name, l.nr_sectors, params, read_only,
			 is_without_flush(&l, read_only));
}

const struct command command_reload = {
	.name = "reload",
	.summary = "change base, features or settings of an open image",
	.operands = "NAME",
	.min_operands = 1,
	.max_operands = 1,
	.options = options,
	.run = run,
};
