/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The commands of dmsim: most are messages of the target, some more than one.
 */
#ifndef DMSIM_COMMAND_H
#define DMSIM_COMMAND_H

#include <stdbool.h>

/**
 * struct session - what commands work on
 * @device: name of the dm device
 * @json: answers as JSON
 * @quit: the user wants to leave
 */
struct session {
	const char *device;
	bool json;
	bool quit;
};

/**
 * command_run() - run one command and print its answer
 * @session: the session
 * @argc: at least 1
 * @argv: the words
 *
 * Return: 0, 1 if the target refused, 2 if the command is wrong.
 */
int command_run(struct session *session, int argc, char **argv);

/** command_line() - the same from one line, which is cut into words */
int command_line(struct session *session, char *line);

/** command_name() - name number @index, NULL beyond the last */
const char *command_name(unsigned int index);

/** command_help() - all commands, one line each */
void command_help(void);

#endif /* DMSIM_COMMAND_H */
