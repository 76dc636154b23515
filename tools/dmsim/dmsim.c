// SPDX-License-Identifier: GPL-2.0-only
/*
 * dmsim: the console of dm-sim.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "device.h"
#include "fvd-stdio.h"
#include "prompt.h"

static void print_usage(FILE *file)
{
	fprintf(file,
		"usage: dmsim [--json] DEVICE [COMMAND [ARG]...]\n"
		"       dmsim --list\n"
		"Without a command: a prompt, or the commands from standard input.\n"
		"Exit status: 0, 1 if the target refused, 2 if the command is wrong.\n"
		"Commands:\n");
}

static void print_name(const char *name, void *data)
{
	(void)data;
	puts(name);
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "list", no_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{}
	};
	struct session session = {};
	int option;

	device_quiet();
	/* "+": what follows the device belongs to the command. */
	while ((option = getopt_long(argc, argv, "+jlh", options, NULL)) != -1) {
		switch (option) {
		case 'j':
			session.json = true;
			break;
		case 'l':
			return device_list(print_name, NULL) ? 1 : 0;
		case 'h':
			print_usage(stdout);
			command_help();
			return 0;
		default:
			print_usage(stderr);
			return 2;
		}
	}
	if (optind == argc) {
		print_usage(stderr);
		return 2;
	}
	session.device = argv[optind++];
	if (!strncmp(session.device, "/dev/mapper/", 12))
		session.device += 12;
	if (optind == argc)
		return prompt_run(&session);
	return command_run(&session, argc - optind, argv + optind);
}

int main(int argc, char **argv)
{
	fvd_stdio_reserve();
	return fvd_stdio_end("dmsim", run(argc, argv), 1);
}
