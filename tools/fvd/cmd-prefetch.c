// SPDX-License-Identifier: GPL-2.0-only
/*
 * fvd prefetch: begin, stop, or change the background copy of an open image.
 */
#include <stdlib.h>

#include "cli.h"
#include "dm.h"
#include "fvd-settings.h"

enum { OPTION_MAX_READ, OPTION_MAX_WRITE, OPTION_PROGRESS, OPTION_SET };

static const struct cli_option options[] = {
	{ "max-read", "SIZE", "read at most so much of the base a second; 0: no limit" },
	{ "max-write", "SIZE", "write at most so much to the image a second; 0: no limit" },
	{ "progress", "SIZE", "so much a second whoever is hurt" },
	{ "set", "KEY=VALUE", "change a setting of the target" },
	{ NULL },
};

#define MAX_MESSAGES	32

struct prefetch {
	struct cli cli;
	char messages[MAX_MESSAGES][128];
	unsigned int nr_messages;
};

static void add_message(struct prefetch *p, const char *key, const char *value)
{
	struct fvd_settings settings;
	char text[200];

	if (p->nr_messages == MAX_MESSAGES)
		cli_usage_error(p->cli.command, "too many options");
	/* All are looked at before the first is sent. */
	fvd_settings_init(&settings);
	if (fvd_tunable_set(&settings, key, value)) {
		fvd_tunable_describe(key, value, text, sizeof(text));
		cli_usage_error(p->cli.command, "%s", text);
	}
	snprintf(p->messages[p->nr_messages++], sizeof(p->messages[0]),
		 "%s %s", key, value);
}

static void add_rate(struct prefetch *p, const char *option, const char *key,
		     bool zero_is_unlimited)
{
	u64 nr_bytes = cli_size(&p->cli, option);
	/* Up: less than 1 KiB/s must not become 0, which means no limit. */
	u64 kib_per_s = (nr_bytes >> 10) + !!(nr_bytes & 1023);
	char value[32];

	if (!kib_per_s && zero_is_unlimited)
		kib_per_s = FVD_UNLIMITED_KIB_PER_S;
	snprintf(value, sizeof(value), "%llu", (unsigned long long)kib_per_s);
	add_message(p, key, value);
}

static void add_setting(struct prefetch *p)
{
	char key[64];
	size_t nr = strcspn(p->cli.argument, "=");

	if (!p->cli.argument[nr] || nr >= sizeof(key))
		cli_usage_error(p->cli.command, "\"%s\" is not KEY=VALUE",
				p->cli.argument);
	memcpy(key, p->cli.argument, nr);
	key[nr] = '\0';
	add_message(p, key, p->cli.argument + nr + 1);
}

static void parse(struct prefetch *p)
{
	int id;

	while ((id = cli_next(&p->cli)) >= 0) {
		if (id == OPTION_MAX_READ)
			add_rate(p, "max-read", "prefetch_max_read_kib_per_s",
				 true);
		else if (id == OPTION_MAX_WRITE)
			add_rate(p, "max-write", "prefetch_max_write_kib_per_s",
				 true);
		else if (id == OPTION_PROGRESS)
			add_rate(p, "progress", "prefetch_progress_kib_per_s",
				 false);
		else
			add_setting(p);
	}
}

static void add_verb(struct prefetch *p)
{
	static const char * const verbs[] = { "start", "pause", "resume", "stop" };
	const char *verb = p->cli.operands[1];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(verbs); i++)
		if (!strcmp(verb, verbs[i]))
			break;
	if (i == ARRAY_SIZE(verbs))
		cli_usage_error(p->cli.command,
				"\"%s\" is none of start, pause, resume, stop",
				verb);
	if (p->nr_messages == MAX_MESSAGES)
		cli_usage_error(p->cli.command, "too many options");
	/* Settings first: a start should begin with them. */
	snprintf(p->messages[p->nr_messages++], sizeof(p->messages[0]),
		 "prefetch %s", verb);
}

static int run(const struct command *command, int argc, char **argv)
{
	struct prefetch p = { .nr_messages = 0 };
	struct dm_device device;
	unsigned int i;
	char *answer;
	int r;

	cli_begin(&p.cli, command, argc, argv);
	parse(&p);
	if (p.cli.nr_operands == 2)
		add_verb(&p);
	else if (!p.nr_messages)
		cli_usage_error(command, "nothing to do was given");
	dm_begin();
	r = dm_find(p.cli.operands[0], &device);
	for (i = 0; i < p.nr_messages && !r; i++) {
		r = dm_message(p.cli.operands[0], p.messages[i], &answer);
		if (!r)
			free(answer);
	}
	return r;
}

const struct command command_prefetch = {
	.name = "prefetch",
	.summary = "start, pause, resume, stop or limit the background copy",
	.operands = "NAME [start|pause|resume|stop]",
	.min_operands = 1,
	.max_operands = 2,
	.options = options,
	.run = run,
};
