// SPDX-License-Identifier: GPL-2.0-only
/*
 * Command lines, messages, sizes.
 *
 * Left out on purpose: short options. Commands are typed rarely and read often.
 */
#include <ctype.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>

#include "cli.h"
#include "fvd-clean.h"
#include "fvd-stdio.h"

#define MAX_OPTIONS	24
/* What getopt_long() returns for options that every command has. */
#define OPTION_HELP	1000
#define OPTION_JSON	1001

/* What it is about may be a name from an image, and what it says, too. */
static void say(const char *what, const char *format, va_list args,
		const char *command)
{
	char *text = NULL, *line = NULL;

	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	if (!text || asprintf(&line, "fvd: %s: %s", what, text) < 0)
		line = NULL;
	if (line)
		fvd_clean_line(line);
	fputs(line ?: "fvd: out of memory", stderr);
	if (command)
		fprintf(stderr, "; see \"fvd %s --help\"", command);
	fputc('\n', stderr);
	free(text);
	free(line);
}

void message(const char *what, const char *format, ...)
{
	va_list args;

	fflush(stdout);
	va_start(args, format);
	say(what, format, args, NULL);
	va_end(args);
}

void cli_usage_error(const struct command *command, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(command->name, format, args, command->name);
	va_end(args);
	/* fsck's callers know 16. */
	exit(command == &command_check ? 16 : EXIT_USAGE);
}

int cli_finish(const struct command *command, int code)
{
	if (fvd_stdio_is_written())
		return code;
	message("stdout", "%s", strerror(errno));
	/* 1 means "repaired" there. */
	return code ?: command == &command_check ? CHECK_FAILED : EXIT_FAILED;
}

static void print_option(const char *name, const char *argument,
			 const char *help)
{
	char left[64];

	snprintf(left, sizeof(left), "--%s%s%s", name,
		 argument && argument[0] != '[' ? " " : "", argument ?: "");
	printf("  %-24s %s\n", left, help);
}

static void __noreturn print_help(const struct command *command)
{
	const struct cli_option *option;

	printf("usage: fvd %s [OPTION]... %s\n%s.\n\n", command->name,
	       command->operands, command->summary);
	for (option = command->options; option && option->name; option++)
		print_option(option->name, option->argument, option->help);
	if (command->reports)
		print_option("json", NULL, "report as JSON");
	print_option("help", NULL, "this text");
	printf("\nMore in fvd-%s(8).\n", command->name);
	exit(cli_finish(command, EXIT_OK));
}

void cli_begin(struct cli *cli, const struct command *command, int argc,
	       char **argv)
{
	memset(cli, 0, sizeof(*cli));
	cli->command = command;
	cli->argc = argc;
	cli->argv = argv;
	opterr = 0;
	optind = 1;
}

static void fill_options(const struct command *command, struct option *options)
{
	const struct cli_option *from;
	unsigned int nr = 0;

	memset(options, 0, MAX_OPTIONS * sizeof(*options));
	for (from = command->options; from && from->name; from++) {
		if (nr == MAX_OPTIONS - 3)
			abort();
		options[nr].name = from->name;
		if (!from->argument)
			options[nr].has_arg = no_argument;
		else if (from->argument[0] == '[')
			options[nr].has_arg = optional_argument;
		else
			options[nr].has_arg = required_argument;
		options[nr].val = nr;
		nr++;
	}
	options[nr].name = "help";
	options[nr++].val = OPTION_HELP;
	if (command->reports) {
		options[nr].name = "json";
		options[nr].val = OPTION_JSON;
	}
}

static void take_operands(struct cli *cli)
{
	const struct command *command = cli->command;

	cli->operands = cli->argv + optind;
	cli->nr_operands = cli->argc - optind;
	if (cli->nr_operands < command->min_operands ||
	    (command->max_operands >= 0 &&
	     cli->nr_operands > command->max_operands))
		cli_usage_error(command, "expected %s, found %d operand%s",
				*command->operands ? command->operands :
						     "no operand",
				cli->nr_operands,
				cli->nr_operands == 1 ? "" : "s");
}

/*
 * getopt_long() has not gone past the word that a short option stands in. What it
 * leaves of a long one is our number, which is no character.
 */
static void __noreturn unknown_option(const struct cli *cli)
{
	if (optopt > ' ' && optopt < 127)
		cli_usage_error(cli->command, "unknown option -%c", optopt);
	cli_usage_error(cli->command, "unknown option %s",
			cli->argv[optind - 1]);
}

int cli_next(struct cli *cli)
{
	struct option options[MAX_OPTIONS];
	int id;

	fill_options(cli->command, options);
	for (;;) {
		id = getopt_long(cli->argc, cli->argv, ":", options, NULL);
		cli->argument = optarg;
		if (id >= 0 && id < MAX_OPTIONS)
			return id;
		switch (id) {
		case -1:
			take_operands(cli);
			return -1;
		case OPTION_HELP:
			print_help(cli->command);
		case OPTION_JSON:
			cli->json = true;
			break;
		case ':':
			cli_usage_error(cli->command, "%s needs an argument",
					cli->argv[optind - 1]);
		default:
			unknown_option(cli);
		}
	}
}

bool parse_size(const char *text, u64 *nr_bytes)
{
	static const char units[] = "KMGTPE";
	unsigned long long number;
	unsigned int shift = 0;
	const char *unit;
	char *rest;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	number = strtoull(text, &rest, 10);
	if (errno)
		return false;
	if (*rest) {
		unit = strchr(units, toupper((unsigned char)*rest));
		if (!unit)
			return false;
		shift = 10 * (unit - units + 1);
		rest++;
		if (*rest && strcmp(rest, "iB"))
			return false;
	}
	if (number > U64_MAX >> shift)
		return false;
	*nr_bytes = number << shift;
	return true;
}

u64 cli_size(const struct cli *cli, const char *option)
{
	u64 nr_bytes;

	if (!parse_size(cli->argument, &nr_bytes))
		cli_usage_error(cli->command,
				"--%s: found \"%s\", expected bytes, or a number with K, M, G, T, P or E (powers of 1024)",
				option, cli->argument);
	return nr_bytes;
}

u64 cli_number(const struct cli *cli, const char *option, u64 max)
{
	unsigned long long number = 0;
	char *rest = NULL;

	errno = 0;
	if (isdigit((unsigned char)*cli->argument))
		number = strtoull(cli->argument, &rest, 10);
	if (!rest || *rest || errno || number > max)
		cli_usage_error(cli->command,
				"--%s: found \"%s\", expected a number up to %llu",
				option, cli->argument, (unsigned long long)max);
	return number;
}

bool cli_switch(const struct cli *cli, const char *option)
{
	if (!strcmp(cli->argument, "on"))
		return true;
	if (!strcmp(cli->argument, "off"))
		return false;
	cli_usage_error(cli->command, "--%s: found \"%s\", expected on or off",
			option, cli->argument);
}

char *format_size(char text[32], u64 nr_bytes)
{
	static const char *const units[] = {
		"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB",
	};
	unsigned int unit = 0;
	u64 whole = nr_bytes, rest = 0;

	while (whole >= 1024 && unit + 1 < ARRAY_SIZE(units)) {
		rest = whole & 1023;
		whole >>= 10;
		unit++;
	}
	if (rest * 10 / 1024)
		snprintf(text, 32, "%llu.%llu %s", (unsigned long long)whole,
			 (unsigned long long)(rest * 10 / 1024), units[unit]);
	else
		snprintf(text, 32, "%llu %s", (unsigned long long)whole,
			 units[unit]);
	return text;
}

char *format_uuid(char text[37], const u8 uuid[16])
{
	unsigned int i;
	char *to = text;

	for (i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*to++ = '-';
		to += sprintf(to, "%02x", uuid[i]);
	}
	return text;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool parse_uuid(const char *text, u8 uuid[16])
{
	bool dashes = strlen(text) == 36;
	unsigned int i;
	int high, low;

	for (i = 0; i < 16; i++) {
		if (dashes && (i == 4 || i == 6 || i == 8 || i == 10) &&
		    *text++ != '-')
			return false;
		high = hex_digit(text[0]);
		low = high < 0 ? -1 : hex_digit(text[1]);
		if (low < 0)
			return false;
		uuid[i] = high << 4 | low;
		text += 2;
	}
	return !*text;
}

int exit_code_of(int error)
{
	switch (error) {
	case 0:
		return EXIT_OK;
	case -ENODATA:
	case -EPROTONOSUPPORT:
	case -EBADMSG:
	case -EINVAL:
	case -EUCLEAN:
	case -EFBIG:
	case -ENXIO:
		return EXIT_BAD_IMAGE;
	case -EBUSY:
		return EXIT_REFUSED;
	default:
		return EXIT_FAILED;
	}
}

const char *check_exit_text(int code)
{
	switch (code) {
	case CHECK_CLEAN:
		return "clean";
	case CHECK_REPAIRED:
		return "repaired";
	case CHECK_PENDING:
		return "replay pending";
	case CHECK_DAMAGED:
		return "damaged";
	default:
		return "check failed";
	}
}
