// SPDX-License-Identifier: GPL-2.0-only
/*
 * fvd restore: metadata from the text that "fvd dump" printed.
 */
#include <sys/stat.h>

#include "cli.h"
#include "fvd-text.h"
#include "target.h"

enum { OPTION_FORCE };

static const struct cli_option options[] = {
	{ "force", NULL, "overwrite what IMAGE carries" },
	{ NULL },
};

static int write_target(struct target *target, struct fvd_text_source *source,
			bool force)
{
	struct fvd_error error = { "" };
	int r;

	r = target_clear(target, force);
	if (r)
		return r;
	if (target->is_new)
		r = fvd_device_resize(&target->dev, source->image_bytes, &error);
	if (!r)
		r = fvd_text_restore(source, &target->dev, &error);
	if (r)
		message(target->path, "%s", error.text);
	return r ? EXIT_FAILED : EXIT_OK;
}

/* Nothing of the target is touched before the text was understood. */
static int restore(FILE *in, const char *text_path, const char *path,
		   bool force)
{
	struct fvd_text_source source;
	struct fvd_error error = { "" };
	struct target target;
	int r;

	r = fvd_text_begin(&source, in, &error);
	if (!r)
		r = fvd_text_check(&source, &error);
	if (r) {
		message(text_path, "line %llu: %s",
			(unsigned long long)source.line_number, error.text);
		r = exit_code_of(r);
	} else {
		r = target_open(&target, path);
		if (!r) {
			r = write_target(&target, &source, force);
			target_close(&target, r);
		}
	}
	fvd_text_end(&source);
	return r;
}

static bool is_read_twice(FILE *in)
{
	struct stat st;

	return !fstat(fileno(in), &st) && S_ISREG(st.st_mode);
}

/* A pipe or a terminal gives its text once only. Says what is wrong. */
static FILE *copy_of(FILE *in, const char *path)
{
	FILE *copy = tmpfile();
	char bytes[BUFSIZ];
	size_t nr;

	if (!copy) {
		message(path, "no file for a copy: %s", strerror(errno));
		return NULL;
	}
	do {
		nr = fread(bytes, 1, sizeof(bytes), in);
	} while (nr && fwrite(bytes, 1, nr, copy) == nr);
	if (!nr && !ferror(in) && !fflush(copy)) {
		rewind(copy);
		return copy;
	}
	message(path, "can not be copied: %s", strerror(errno));
	fclose(copy);
	return NULL;
}

/* Says what is wrong. */
static FILE *open_text(const char *path)
{
	FILE *in = strcmp(path, "-") ? fopen(path, "re") : stdin;
	FILE *copy;

	if (!in)
		message(path, "%s", strerror(errno));
	if (!in || is_read_twice(in))
		return in;
	copy = copy_of(in, path);
	if (in != stdin)
		fclose(in);
	return copy;
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
	in = open_text(cli.operands[0]);
	if (!in)
		return EXIT_FAILED;
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
