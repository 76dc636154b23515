// SPDX-License-Identifier: GPL-2.0-only
/*
 * fvd message: say something to the target.
 */
#include <stdlib.h>

#include "cli.h"
#include "dm.h"

#define MESSAGE_BYTES	1024

static const struct cli_option options[] = {
	{ NULL },
};

static int run(const struct command *command, int argc, char **argv)
{
	char text[MESSAGE_BYTES] = "";
	struct dm_device device;
	size_t used = 0;
	struct cli cli;
	char *answer;
	int i, r;

	cli_begin(&cli, command, argc, argv);
	while (cli_next(&cli) >= 0)
		;
	for (i = 1; i < cli.nr_operands; i++) {
		used += snprintf(text + used, sizeof(text) - used, "%s%s",
				 i > 1 ? " " : "", cli.operands[i]);
		if (used >= sizeof(text))
			cli_usage_error(command,
					"the message is longer than %d bytes",
					MESSAGE_BYTES);
	}
	dm_begin();
	r = dm_find(cli.operands[0], &device);
	if (!r)
		r = dm_message(cli.operands[0], text, &answer);
	if (!r && answer) {
		puts(answer);
		free(answer);
	}
	return r;
}

const struct command command_message = {
	.name = "message",
	.summary = "send a message to an open image, such as 'copy_on_read off', 'commit', 'grow'",
	.operands = "NAME WORD...",
	.min_operands = 2,
	.max_operands = -1,
	.options = options,
	.run = run,
};
