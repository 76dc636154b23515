// SPDX-License-Identifier: GPL-2.0-only
/*
 * fvd dump: all metadata as text.
 */
#include "cli.h"
#include "fvd-text.h"
#include "fvd-v1-image.h"

static const struct cli_option options[] = {
	{ NULL },
};

static int run(const struct command *command, int argc, char **argv)
{
	struct fvd_error error = { "" };
	struct fvd_device dev;
	struct cli cli;
	int r;

	cli_begin(&cli, command, argc, argv);
	while (cli_next(&cli) >= 0)
		;
	r = fvd_device_open(&dev, cli.operands[0], 0, &error);
	if (r) {
		message(cli.operands[0], "%s", error.text);
		return EXIT_FAILED;
	}
	if (fvd_v1_image_probe(&dev))
		r = fvd_v1_dump(&dev, stdout, &error);
	else
		r = fvd_text_dump(&dev, stdout, &error);
	if (r)
		message(cli.operands[0], "%s", error.text);
	fvd_device_close(&dev);
	return exit_code_of(r);
}

const struct command command_dump = {
	.name = "dump",
	.summary = "print all metadata of an image as text",
	.operands = "IMAGE",
	.min_operands = 1,
	.max_operands = 1,
	.options = options,
	.run = run,
};
