// SPDX-License-Identifier: GPL-2.0-only
/*
 * fvd restore: metadata from the text that "fvd dump" printed.
 */
#include "cli.h"
#include "fvd-text.h"
#include "target.h"

enum { OPTION_FORCE };

static const struct cli_option options[] = {
	{ "force", NULL, "overwrite what IMAGE carries" },
	{ NULL },
};

static int write_target(struct target *target, struct fvd_text_source *source,
			const char *text_path, bool force)
{
	struct fvd_error error = { "" };
	int r;

	r = target_clear(target, force);
	if (r)
		return r;
	if (target->is_new &&
	    fvd_device_resize(&target->dev, source->image_bytes, &error)) {
		message(target->path, "%s", error.text);
		return EXIT_FAILED;
	}
	r = fvd_text_restore(source, &target->dev, &error);
	if (r == -EINVAL || r == -EPROTONOSUPPORT) {
		message(text_path, "line %llu: %s",
			(unsigned long long)source->line_number, error.text);
		return EXIT_BAD_IMAGE;
	}
	if (r)
		message(target->path, "%s", error.text);
	return r ? EXIT_FAILED : EXIT_OK;
}

static int restore(FILE *in, const char *text_path, const char *path,
		   bool force)
{
	struct fvd_text_source source;
	struct fvd_error error = { "" };
	struct target target;
	int r;

	r = fvd_text_begin(&source, in, &error);
	if (r) {
		message(text_path, "line %llu: %s",
			(unsigned long long)source.line_number, error.text);
		r = EXIT_BAD_IMAGE;
	} else {
		r = target_open(&target, path);
		if (!r) {
			r = write_target(&target, &source, text_path, force);
			target_close(&target, r);
		}
	}
	fvd_text_end(&source);
	return r;
}

static int run(const struct command *command, int argc, char **argv)
{
	bool force = false;
	struct cli cli;
	FILE *in;
	int r;

	cli_begin(&cli, command, argc, argv);
	while (cli_next(&cli) == OPTION_FORCE)
		force = true;
	in = strcmp(cli.operands[0], "-") ? fopen(cli.operands[0], "re") :
					    stdin;
	if (!in) {
		message(cli.operands[0], "%s", strerror(errno));
		return EXIT_FAILED;
	}
	r = restore(in, cli.operands[0], cli.operands[1], force);
	if (in != stdin)
		fclose(in);
	return r;
}

const struct command command_restore = {
	.name = "restore",
	.summary = "write metadata from the text of \"fvd dump\"",
	.operands = "FILE IMAGE",
	.min_operands = 2,
	.max_operands = 2,
	.options = options,
	.run = run,
};
