/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Command lines, messages and exit codes of fvd: one way for all commands.
 */
#ifndef CLI_H
#define CLI_H

#include <stdbool.h>
#include <stdint.h>

#include "fvd-portability.h"

/* Exit codes; "fvd check" has its own. */
enum exit_code {
	EXIT_OK = 0,
	EXIT_FAILED = 1,	/* I/O, memory, the kernel refused */
	EXIT_USAGE = 2,		/* the command line makes no sense */
	EXIT_BAD_IMAGE = 3,	/* not an image, damaged, or unsupported */
	EXIT_REFUSED = 4,	/* in use, or carries something else */
	EXIT_NO_DEVICE = 5,	/* no open device has this name */
};

/* As fsck(8) has them, plus 2. */
enum check_exit_code {
	CHECK_CLEAN = 0,
	CHECK_REPAIRED = 1,
	CHECK_PENDING = 2,	/* whole, but the journal is to be replayed */
	CHECK_DAMAGED = 4,
	CHECK_FAILED = 8,
};

/**
 * struct cli_option - one option of a command.
 * @name: without the dashes; NULL ends the list
 * @argument: name of its argument, NULL if it has none, "[=NAME]" if it may
 *	be left out
 * @help: one line, defaults included
 *
 * Its number in the list is what cli_next() returns.
 */
struct cli_option {
	const char *name;
	const char *argument;
	const char *help;
};

/**
 * struct command - one of fvd's commands.
 * @operands: as shown by --help
 * @min_operands: how many there must be
 * @max_operands: how many there may be, -1 for any number
 * @reports: has --json
 */
struct command {
	const char *name;
	const char *summary;
	const char *operands;
	int min_operands;
	int max_operands;
	bool reports;
	const struct cli_option *options;
	int (*run)(const struct command *command, int argc, char **argv);
};

/**
 * struct cli - a command line being read.
 * @argument: of the option that cli_next() returned
 * @json: was --json given?
 * @operands: set at the end of the options
 * @nr_operands: how many
 */
struct cli {
	const struct command *command;
	int argc;
	char **argv;
	const char *argument;
	bool json;
	char **operands;
	int nr_operands;
};

/** cli_begin() - before the first cli_next(). */
void cli_begin(struct cli *cli, const struct command *command, int argc,
	       char **argv);

/**
 * cli_next() - the next option.
 *
 * Handles --json, --help (prints and exits) and mistakes (exits).
 * Returns: its number in the command's list, or -1 at the end.
 */
int cli_next(struct cli *cli);

/** cli_usage_error() - say what is wrong with the command line, and exit. */
void cli_usage_error(const struct command *command, const char *format, ...)
	__printf(2, 3) __noreturn;

/**
 * cli_finish() - what to exit with: a report that was not written is no success.
 * @command: that has run, or NULL
 * @code: what it ended with; stays if it is no success
 */
int cli_finish(const struct command *command, int code);

/** cli_size() - "10G", "64KiB", "4096" in bytes, or exit. */
u64 cli_size(const struct cli *cli, const char *option);

/** cli_number() - a decimal number, or exit. */
u64 cli_number(const struct cli *cli, const char *option, u64 max);

/** cli_switch() - "on" or "off", or exit. */
bool cli_switch(const struct cli *cli, const char *option);

/** message() - one line on stderr: "fvd: WHAT: text", without control characters. */
void message(const char *what, const char *format, ...)
	__printf(2, 3);

/** parse_size() - false if @text is not a size, or too large. */
bool parse_size(const char *text, u64 *nr_bytes);

/** format_size() - "10 GiB" or "1.5 MiB"; hands back @text. */
char *format_size(char text[32], u64 nr_bytes);

/** format_uuid() - the usual 36 characters; hands back @text. */
char *format_uuid(char text[37], const u8 uuid[16]);

/** parse_uuid() - 36 characters, or 32 without dashes. */
bool parse_uuid(const char *text, u8 uuid[16]);

/** check_exit_text() - what an enum check_exit_code means. */
const char *check_exit_text(int code);

/** exit_code_of() - the exit code for what tools/lib returned. */
int exit_code_of(int error);

extern const struct command command_create;
extern const struct command command_graph;
extern const struct command command_map;
extern const struct command command_trace;
extern const struct command command_top;
extern const struct command command_info;
extern const struct command command_check;
extern const struct command command_dump;
extern const struct command command_convert;
extern const struct command command_restore;
extern const struct command command_open;
extern const struct command command_close;
extern const struct command command_status;
extern const struct command command_reload;
extern const struct command command_message;
extern const struct command command_prefetch;
extern const struct command command_profile;
extern const struct command command_pivot;
extern const struct command command_list;
extern const struct command command_probe;

#endif /* CLI_H */
