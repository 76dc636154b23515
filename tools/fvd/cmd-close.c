// SPDX-License-Identifier: GPL-2.0-only
/*
 * fvd close: the block device goes, the image stays.
 */
#include "cli.h"
#include "dm.h"

enum { OPTION_DEFERRED };

static const struct cli_option options[] = {
	{ "deferred", NULL, "if it is in use: as soon as it is no longer; default: refuse" },
	{ NULL },
};

static int run(const struct command *command, int argc, char **argv)
{
	struct dm_device device;
	bool deferred = false;
	struct cli cli;
	int r;

	cli_begin(&cli, command, argc, argv);
	while (cli_next(&cli) == OPTION_DEFERRED)
		deferred = true;
	dm_begin();
	r = dm_find(cli.operands[0], &device);
	return r ?: dm_remove(cli.operands[0], deferred);
}

const struct command command_close = {
	.name = "close",
	.summary = "remove the block device of an image",
	.operands = "NAME",
	.min_operands = 1,
	.max_operands = 1,
	.options = options,
	.run = run,
};
