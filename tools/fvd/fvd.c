// SPDX-License-Identifier: GPL-2.0-only
/*
 * fvd: images of the device-mapper target "fvd".
 *
 * One file a command; this one only finds the right one. What is known about
 * the format is in tools/lib and in the driver's layer 0.
 */
#include <stdlib.h>

#include "cli.h"
#include "fvd-stdio.h"

static const struct command *const commands[] = {
	&command_create, &command_convert, &command_info, &command_check,
	&command_dump, &command_restore, &command_open, &command_close,
	&command_status, &command_list, &command_reload, &command_message,
	&command_probe, &command_graph, &command_map, &command_prefetch,
	&command_profile, &command_pivot,
	&command_trace, &command_top,
};

static void print_help(void)
{
	unsigned int i;

	printf("usage: fvd COMMAND [OPTION]... [OPERAND]...\n"
	       "Writable disks from golden images.\n\n");
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		printf("  %-9s %s\n", commands[i]->name, commands[i]->summary);
	printf("\n  --help    this text; \"fvd COMMAND --help\" tells the options\n"
	       "  --version the version\n\nMore in fvd(8).\n");
}

static int run(const struct command *command, int argc, char **argv)
{
	return cli_finish(command, command->run(command, argc, argv));
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;
	unsigned int i;

	fvd_stdio_reserve();
	if (!name) {
		fprintf(stderr, "fvd: no command; see \"fvd --help\"\n");
		return EXIT_USAGE;
	}
	if (!strcmp(name, "--help") || !strcmp(name, "help")) {
		print_help();
		return cli_finish(NULL, EXIT_OK);
	}
	if (!strcmp(name, "--version")) {
		printf("fvd %s, image format %u\n", VERSION, 3U);
		return cli_finish(NULL, EXIT_OK);
	}
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(name, commands[i]->name))
			return run(commands[i], argc - 1, argv + 1);
	fprintf(stderr, "fvd: unknown command %s; see \"fvd --help\"\n", name);
	return EXIT_USAGE;
}
