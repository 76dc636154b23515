// SPDX-License-Identifier: GPL-2.0-only
/*
 * The interactive prompt.
 */
#include "prompt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

static char *complete_command(const char *text, int state)
{
	static unsigned int index;
	const char *name;

	if (!state)
		index = 0;
	while ((name = command_name(index++)) != NULL) {
		if (!strncmp(name, text, strlen(text)))
			return strdup(name);
	}
	return NULL;
}

/* The first word is a command, later ones may be file names. */
static char **complete(const char *text, int start, int end)
{
	(void)end;
	if (start)
		return NULL;
	rl_attempted_completion_over = 1;
	return rl_completion_matches(text, complete_command);
}

static int run_script(struct session *session)
{
	char *line = NULL;
	size_t room = 0;
	int r = 0;

	while (!r && !session->quit && getline(&line, &room, stdin) >= 0)
		r = command_line(session, line);
	free(line);
	return r;
}

static char *history_path(void)
{
	const char *home = getenv("HOME");
	char *path = NULL;

	if (!home || asprintf(&path, "%s/.dmsim_history", home) < 0)
		return NULL;
	return path;
}

int prompt_run(struct session *session)
{
	char *path, *line;
	char prompt[160];
	int r = 0;

	if (!isatty(STDIN_FILENO))
		return run_script(session);
	path = history_path();
	using_history();
	if (path)
		read_history(path);
	rl_attempted_completion_function = complete;
	snprintf(prompt, sizeof(prompt), "%s> ", session->device);
	while (!session->quit && (line = readline(prompt)) != NULL) {
		if (*line)
			add_history(line);
		r = command_line(session, line);
		free(line);
	}
	if (path)
		write_history(path);
	free(path);
	return r;
}
