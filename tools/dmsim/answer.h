/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the user gets to read: the target's words, or JSON made from them.
 */
#ifndef DMSIM_ANSWER_H
#define DMSIM_ANSWER_H

#include <stdbool.h>

enum answer_shape {
	ANSWER_TEXT,		/* lines as they are */
	ANSWER_BIOS,		/* a table: what is pending */
	ANSWER_TRACE,		/* a table: events */
	ANSWER_RULES,		/* a rule, matched N, fired N */
	ANSWER_COVERAGE,	/* hit ... and never ... */
	ANSWER_PAIRS,		/* word value word value */
	ANSWER_STATUS,		/* the status line */
};

/** answer_print() - print @answer of @command on @device to stdout */
void answer_print(bool json, enum answer_shape shape, const char *device,
		  const char *command, const char *answer);

/** answer_error() - print a failure: text to stderr, JSON to stdout */
void answer_error(bool json, const char *device, const char *command,
		  const char *why);

#endif /* DMSIM_ANSWER_H */
