// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shrinking, in this order, because the first steps save the most time:
 *
 * 1. requests: the shortest beginning of the sequence that fails, by bisection;
 * 2. operations: whole kinds of them are left out;
 * 3. subset: pieces of the sequence are left out, half of it, a quarter, ...,
 *    one request (the idea of delta debugging);
 * 4. depth: halved while it still fails.
 *
 * I-MIN-1: at every moment the kept flags describe a workload that was seen to
 * fail.
 *
 * An attempt is a child process: a hang or crash of one does not end the
 * search. Test commands get the options in FVD_STRESS_OPTIONS.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stress-minimize.h"

/* Request numbers of a workload that is worth shrinking one by one. */
#define REQUESTS_MAX	4000000ULL

struct search {
	struct stress_options *options;
	bool *flags;		/* which requests are kept */
	u64 count;
	u64 attempts;
	bool broken;		/* a command could not be run */
};

static int run_shell(const char *command)
{
	int status = system(command);

	if (status < 0 || !WIFEXITED(status) || WEXITSTATUS(status) == 127) {
		complain("command failed: %s", command);
		return -EIO;
	}
	return WEXITSTATUS(status);
}

/* The options as text; the caller frees it. The first word is "fvd-stress". */
static char *command_text(const struct stress_options *options, u64 requests)
{
	size_t size;
	char *text;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		return NULL;
	options_print_command(file, options, requests);
	if (fclose(file))
		return NULL;
	if (size && text[size - 1] == '\n')
		text[size - 1] = '\0';
	return text;
}

/* Run this program with the options of @text. Return: its exit status. */
static int run_self(char *text)
{
	char *words[64] = { "/proc/self/exe", NULL };
	int status, count = 0;
	char *word, *rest;
	pid_t child;

	for (word = strtok_r(text, " ", &rest); word && count < 62;
	     word = strtok_r(NULL, " ", &rest), count++)
		words[count] = word;
	words[0] = "fvd-stress";
	words[count] = NULL;
	fflush(stdout);
	child = fork();
	if (!child) {
		if (!freopen("/dev/null", "w", stdout))
			_exit(EXIT_USAGE);
		execv("/proc/self/exe", words);
		_exit(EXIT_USAGE);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return -EIO;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EIO;
}

static int run_once(struct search *search, u64 requests)
{
	const struct stress_options *options = search->options;
	char *text;
	int status;

	if (options->reset_command && run_shell(options->reset_command)) {
		complain("reset command failed");
		search->broken = true;
		return -EIO;
	}
	text = command_text(options, requests);
	if (!text)
		return -ENOMEM;
	if (options->test_command) {
		setenv("FVD_STRESS_OPTIONS", strchr(text, ' ') + 1, 1);
		status = run_shell(options->test_command);
	} else {
		status = run_self(text);
	}
	free(text);
	if (status < 0 || status == EXIT_USAGE)
		search->broken = true;
	return status;
}

/* Does the workload of the flags, cut after @requests, still fail? */
static bool fails(struct search *search, const bool *flags, u64 requests)
{
	struct stress_options *options = search->options;
	u64 i, kept = 0, tries = options->tries;

	for (i = 0; i < requests; i++)
		kept += flags[i];
	if (!kept || search->broken || keep_from_flags(&options->keep, flags,
						       requests))
		return false;
	if (kept == requests)
		keep_free(&options->keep);
	while (tries-- && !search->broken) {
		search->attempts++;
		if (run_once(search, requests) != EXIT_MISMATCH)
			continue;
		printf("wrong data with %llu requests, depth %u\n", kept,
		       options->settings.depth);
		fflush(stdout);
		return true;
	}
	return false;
}

static void shrink_count(struct search *search)
{
	u64 passes = 0, middle;

	while (search->count - passes > 1 && !search->broken) {
		middle = passes + (search->count - passes) / 2;
		if (fails(search, search->flags, middle))
			search->count = middle;
		else
			passes = middle;
	}
}

/* Leave out every request that @victim names. */
static bool try_without(struct search *search, const bool *victim)
{
	bool *flags = calloc(search->count + 1, sizeof(*flags));
	bool failed = false;
	u64 i, dropped = 0;

	if (!flags)
		return false;
	for (i = 0; i < search->count; i++) {
		flags[i] = search->flags[i] && !victim[i];
		dropped += search->flags[i] && victim[i];
	}
	if (dropped)
		failed = fails(search, flags, search->count);
	if (failed)
		memcpy(search->flags, flags, search->count);
	free(flags);
	return failed;
}

static void shrink_ops(struct search *search)
{
	struct workload_config config = options_workload(search->options);
	bool *victim = calloc(search->count + 1, sizeof(*victim));
	struct stress_request request;
	struct workload workload;
	u32 op;
	u64 i;

	for (op = 0; op < STRESS_OPS && victim; op++) {
		workload_init(&workload, &config);
		for (i = 0; i < search->count; i++) {
			workload_next(&workload, &request);
			victim[i] = request.op == op;
		}
		try_without(search, victim);
	}
	free(victim);
}

/* Name @piece kept requests from the @start-th kept one on. */
static bool name_piece(const struct search *search, bool *victim, u64 start,
		       u64 piece)
{
	u64 i, seen = 0;

	memset(victim, 0, search->count);
	for (i = 0; i < search->count; i++) {
		if (!search->flags[i])
			continue;
		if (seen >= start && seen < start + piece)
			victim[i] = true;
		seen++;
	}
	return seen > start;
}

static u64 count_kept(const struct search *search)
{
	u64 i, kept = 0;

	for (i = 0; i < search->count; i++)
		kept += search->flags[i];
	return kept;
}

static void shrink_subset(struct search *search)
{
	bool *victim = calloc(search->count + 1, sizeof(*victim));
	u64 piece, start;

	if (!victim)
		return;
	for (piece = count_kept(search) / 2; piece; piece /= 2) {
		start = 0;
		while (!search->broken &&
		       name_piece(search, victim, start, piece))
			/* What follows a dropped piece moves to its place. */
			if (!try_without(search, victim))
				start += piece;
	}
	free(victim);
}

static void shrink_depth(struct search *search)
{
	u32 *depth = &search->options->settings.depth;
	u32 before;

	while (*depth > 1) {
		before = *depth;
		*depth /= 2;
		if (fails(search, search->flags, search->count))
			continue;
		*depth = before;
		return;
	}
}

int minimize_run(struct stress_options *options)
{
	struct search search = { .options = options };
	u64 i;

	search.count = min_u64(options->requests, REQUESTS_MAX);
	search.flags = calloc(search.count + 1, sizeof(*search.flags));
	if (!search.flags)
		return EXIT_IO;
	for (i = 0; i < search.count; i++)
		search.flags[i] = keep_has(&options->keep, i);
	if (!fails(&search, search.flags, search.count)) {
		free(search.flags);
		complain("the workload as given does not fail");
		return search.broken ? EXIT_IO : EXIT_USAGE;
	}
	shrink_count(&search);
	shrink_ops(&search);
	shrink_subset(&search);
	shrink_depth(&search);
	if (keep_from_flags(&options->keep, search.flags, search.count)) {
		free(search.flags);
		return EXIT_IO;
	}
	printf("smallest after %llu attempts: %llu requests\n  repeat: ",
	       search.attempts, count_kept(&search));
	options_print_command(stdout, options, search.count);
	free(search.flags);
	return 0;
}
