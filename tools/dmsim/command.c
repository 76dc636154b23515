// SPDX-License-Identifier: GPL-2.0-only
/*
 * The commands of dmsim: most are messages of the target, some more than one.
 */
#include "command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "device.h"

#define WORDS_MAX 32

struct command {
	const char *name;
	const char *usage;
	const char *help;
	enum answer_shape shape;
	/* NULL: the words are the message */
	int (*run)(struct session *session, int argc, char **argv);
};

static const struct command *command_find(const char *name);

/* Join words with blanks; NULL without memory. */
static char *join(int argc, char **argv)
{
	size_t length = 1;
	char *text;
	int i;

	for (i = 0; i < argc; i++)
		length += strlen(argv[i]) + 1;
	text = calloc(1, length);
	for (i = 0; text && i < argc; i++) {
		if (i)
			strcat(text, " ");
		strcat(text, argv[i]);
	}
	return text;
}

static int fail(struct session *session, const char *command, const char *why)
{
	answer_error(session->json, session->device, command, why);
	return 1;
}

/* Send; on refusal say why. 0 and *answer, or 1. */
static int send_message(struct session *session, const char *message, char **answer)
{
	int r = device_message(session->device, message, answer);
	char *why;

	if (!r)
		return 0;
	why = device_refusal(session->device, r);
	fail(session, message, why ? why : "no memory");
	free(why);
	return 1;
}

static int __attribute__((format(printf, 3, 4)))
send_format(struct session *session, char **answer, const char *format, ...)
{
	char message[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	return send_message(session, message, answer);
}

static int run_message(struct session *session, const struct command *command,
		       int argc, char **argv)
{
	char *message = join(argc, argv);
	char *answer;
	int r;

	if (!message)
		return fail(session, argv[0], "no memory");
	r = send_message(session, message, &answer);
	if (!r) {
		answer_print(session->json, command->shape, session->device,
			     message, answer);
		free(answer);
	}
	free(message);
	return r;
}

static int run_status(struct session *session, int argc, char **argv)
{
	char *status;
	int r = device_status(session->device, &status);

	(void)argc;
	if (r)
		return fail(session, argv[0], r == -ENODEV ? "not a sim device" :
			    strerror(-r));
	answer_print(session->json, ANSWER_STATUS, session->device, "status", status);
	free(status);
	return 0;
}

/* All lines of the trace, however many answers that takes. */
static int each_trace_page(struct session *session, FILE *file)
{
	unsigned long long from = 0;
	char *answer, *more;
	int r;

	do {
		r = send_format(session, &answer, "trace %llu", from);
		if (r)
			return r;
		from = 0;
		more = strstr(answer, "more ");
		if (more) {
			from = strtoull(more + 5, NULL, 10);
			*more = '\0';
		}
		fputs(answer, file);
		free(answer);
	} while (from);
	return 0;
}

/* 0 and *text, or 1. */
static int fetch_trace(struct session *session, char **text)
{
	size_t bytes;
	FILE *file;
	int r;

	*text = NULL;
	file = open_memstream(text, &bytes);
	if (!file)
		return fail(session, "trace", strerror(errno));
	r = each_trace_page(session, file);
	if (fclose(file) && !r)
		r = fail(session, "trace", strerror(errno));
	return r;
}

static int write_file(struct session *session, const char *path, const char *text)
{
	FILE *file = fopen(path, "w");
	bool complete;

	if (!file)
		return fail(session, "trace save", strerror(errno));
	complete = fputs(text, file) >= 0;
	if (fclose(file) || !complete)
		return fail(session, "trace save", strerror(errno));
	return 0;
}

static int run_trace(struct session *session, int argc, char **argv)
{
	bool save = argc == 3 && !strcmp(argv[1], "save");
	char *text;
	int r;

	if (argc > 1 && !save)
		return run_message(session, command_find("hash"), argc, argv);
	/* All of it before a file is touched: the old one may be all there is. */
	r = fetch_trace(session, &text);
	if (!r && save)
		r = write_file(session, argv[2], text);
	else if (!r)
		answer_print(session->json, ANSWER_TRACE, session->device,
			     "trace", text);
	free(text);
	return r;
}

/* Call @take with each line of a file that is neither empty nor a comment. */
static int each_line(struct session *session, const char *command,
		     const char *path, const char *format)
{
	FILE *file = fopen(path, "r");
	unsigned int number = 0;
	char line[512], where[600];
	char *answer, *at;
	int r = 0;

	if (!file)
		return fail(session, command, strerror(errno));
	while (!r && fgets(line, sizeof(line), file)) {
		number++;
		line[strcspn(line, "#\n")] = '\0';
		at = line + strspn(line, " \t");
		if (!*at)
			continue;
		r = send_format(session, &answer, format, at);
		if (r) {
			snprintf(where, sizeof(where), "%s line %u is refused",
				 path, number);
			fail(session, command, where);
		} else {
			free(answer);
		}
	}
	fclose(file);
	return r;
}

static int run_rule(struct session *session, int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "load"))
		return each_line(session, "rule load", argv[2], "rule add %s");
	return run_message(session, command_find("hash"), argc, argv);
}

static int run_replay(struct session *session, int argc, char **argv)
{
	char *answer;
	int r;

	if (argc != 3 || strcmp(argv[1], "load"))
		return run_message(session, command_find("error"), argc, argv);
	r = send_message(session, "replay clear", &answer);
	if (r)
		return r;
	free(answer);
	return each_line(session, "replay load", argv[2], "replay add %s");
}

/* So long nothing may come before "run until" gives up: 1000 waits of 10 ms. */
#define IDLE_WAITS_MAX 1000

/* Step until a break holds a bio; bios may still be on their way. */
static int step_to_break(struct session *session)
{
	unsigned int idle = 0;
	char *answer;

	while (idle < IDLE_WAITS_MAX) {
		if (!device_message(session->device, "wait_break 10", &answer)) {
			answer_print(session->json, ANSWER_BIOS, session->device,
				     "run until", answer);
			free(answer);
			return 0;
		}
		/* A held bio is never stepped over. */
		if (send_message(session, "step next", &answer))
			return 1;
		idle = *answer ? 0 : idle + 1;
		free(answer);
	}
	return fail(session, "run until", "no bio met the rule");
}

static int run_until(struct session *session, const char *rule)
{
	char *answer, *ignored;
	int r;

	r = send_format(session, &answer, "break %s", rule);
	if (r)
		return r;
	r = step_to_break(session);
	if (!send_format(session, &ignored, "rule del %lu",
			 strtoul(answer, NULL, 10)))
		free(ignored);
	free(answer);
	return r;
}

/* run N | run until RULE */
static int run_run(struct session *session, int argc, char **argv)
{
	unsigned long count, done;
	char *answer;
	char *end;
	bool idle;

	if (argc == 3 && !strcmp(argv[1], "until"))
		return run_until(session, argv[2]);
	count = argc == 2 ? strtoul(argv[1], &end, 10) : 0;
	if (!count || *end) {
		fail(session, "run", "usage: run N | run until RULE");
		return 2;
	}
	for (done = 0, idle = false; done < count && !idle; done++) {
		if (send_message(session, "step next", &answer))
			return 1;
		idle = !*answer;
		if (!idle)
			answer_print(session->json, ANSWER_TEXT, session->device,
				     "run", answer);
		free(answer);
	}
	return 0;
}

static int run_help(struct session *session, int argc, char **argv)
{
	(void)session;
	(void)argc;
	(void)argv;
	command_help();
	return 0;
}

static int run_quit(struct session *session, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	session->quit = true;
	return 0;
}

static const struct command commands[] = {
	{ "status", "", "power, mode, cache and counters", ANSWER_STATUS, run_status },
	{ "list", "", "pending bios", ANSWER_BIOS, NULL },
	{ "step", "ID|next|all", "execute the next event of a bio", ANSWER_TEXT, NULL },
	{ "run", "N | until RULE", "step so many events, or until a bio matches",
	  ANSWER_TEXT, run_run },
	{ "release", "ID|all", "let held bios go", ANSWER_TEXT, NULL },
	{ "fail", "ID STATUS", "end a bio with an error", ANSWER_TEXT, NULL },
	{ "break", "RULE", "hold the first bio that matches", ANSWER_TEXT, NULL },
	{ "wait_break", "[MS]", "wait until a break holds a bio", ANSWER_BIOS, NULL },
	{ "rule", "add RULE | del TAG|all | load FILE", "change the rules",
	  ANSWER_TEXT, run_rule },
	{ "rules", "", "the rules and how often they fired", ANSWER_RULES, NULL },
	{ "fail_nth", "N [TERMS]", "fail the N-th bio from now, 0 = none",
	  ANSWER_TEXT, NULL },
	{ "set_state", "S", "move the state machine of the rules", ANSWER_TEXT, NULL },
	{ "mode", "pass|auto|manual", "how events are ordered", ANSWER_TEXT, NULL },
	{ "max_delay_us", "N", "how far auto reorders", ANSWER_TEXT, NULL },
	{ "seed", "N", "begin a new run", ANSWER_TEXT, NULL },
	{ "cache", "BYTES", "size of the volatile cache, 0 = none", ANSWER_TEXT, NULL },
	{ "damage", "none | torn | garbage", "what a cut may do to blocks",
	  ANSWER_TEXT, NULL },
	{ "power_cut", "[seed N | keep all|none|LIST | state K]",
	  "the power of the rail fails", ANSWER_PAIRS, NULL },
	{ "power_on", "", "the devices can be used again", ANSWER_TEXT, NULL },
	{ "cut_policy", "[as power_cut]", "for cuts that a rule makes",
	  ANSWER_TEXT, NULL },
	{ "wait_power_cut", "[MS]", "wait until a rule cut the power",
	  ANSWER_TEXT, NULL },
	{ "states", "", "how many states a cut could leave now", ANSWER_TEXT, NULL },
	{ "trace", "[save FILE | on | off | clear]", "the events", ANSWER_TRACE,
	  run_trace },
	{ "mark", "N", "a mark in the trace", ANSWER_TEXT, NULL },
	{ "hash", "", "of the trace", ANSWER_PAIRS, NULL },
	{ "replay", "load FILE | start [MS] | stop | clear | status",
	  "repeat a saved trace", ANSWER_TEXT, run_replay },
	{ "coverage", "[reset]", "what was hit, what never fired",
	  ANSWER_COVERAGE, NULL },
	{ "error", "", "why the last message was refused", ANSWER_TEXT, NULL },
	{ "help", "", "this list", ANSWER_TEXT, run_help },
	{ "quit", "", "leave", ANSWER_TEXT, run_quit },
};

#define COMMANDS (sizeof(commands) / sizeof(*commands))

static const struct command *command_find(const char *name)
{
	size_t i;

	for (i = 0; i < COMMANDS; i++) {
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	}
	return NULL;
}

const char *command_name(unsigned int index)
{
	return index < COMMANDS ? commands[index].name : NULL;
}

void command_help(void)
{
	size_t i;

	for (i = 0; i < COMMANDS; i++)
		printf("  %s %s%*s%s\n", commands[i].name, commands[i].usage,
		       (int)(46 - strlen(commands[i].name) - strlen(commands[i].usage)),
		       "", commands[i].help);
}

int command_run(struct session *session, int argc, char **argv)
{
	const struct command *command = command_find(argv[0]);

	if (!command) {
		fail(session, argv[0], "unknown command; \"help\" lists them");
		return 2;
	}
	if (command->run)
		return command->run(session, argc, argv);
	return run_message(session, command, argc, argv);
}

int command_line(struct session *session, char *line)
{
	char *words[WORDS_MAX];
	int count = 0;
	char *word;

	line[strcspn(line, "#\n")] = '\0';
	for (word = strtok(line, " \t"); word; word = strtok(NULL, " \t")) {
		if (count == WORDS_MAX) {
			fail(session, words[0], "too many words");
			return 2;
		}
		words[count++] = word;
	}
	return count ? command_run(session, count, words) : 0;
}
