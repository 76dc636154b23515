// SPDX-License-Identifier: GPL-2.0-only
/*
 * One line for "fvd status --watch". Where the status has a word "-" or a
 * number 0 there is nothing to tell, and nothing is told.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "progress-line.h"

struct writer {
	char *text;
	size_t nr_bytes;
	size_t used;
};

static void add(struct writer *w, const char *format, ...)
	__attribute__((__format__(printf, 2, 3)));

static void add(struct writer *w, const char *format, ...)
{
	va_list args;
	int nr;

	va_start(args, format);
	nr = vsnprintf(w->text + w->used, w->nr_bytes - w->used, format, args);
	va_end(args);
	w->used += nr;
	if (w->used >= w->nr_bytes)
		w->used = w->nr_bytes - 1;
}

static uint64_t number(const struct status_line *line, const char *key)
{
	const char *value = status_line_value(line, key);

	return value ? strtoull(value, NULL, 10) : 0;
}

static void add_bar(struct writer *w, const struct status_line *line,
		    unsigned int width)
{
	double part = 1;
	unsigned int i;

	if (line->base_blocks)
		part = (double)line->local_base_blocks / line->base_blocks;
	add(w, "[");
	for (i = 0; i < width; i++)
		add(w, "%c", i < (unsigned int)(part * width) ? '#' : '.');
	add(w, "] %5.1f %%", 100 * part);
}

static void add_rate(struct writer *w, const struct status_line *line)
{
	const char *left = status_line_value(line, "prefetch_remaining_s");
	uint64_t rate = number(line, "prefetch_bytes_per_s"), s;

	if (!rate)
		return;
	add(w, " %.1f MiB/s", rate / 1048576.0);
	if (!left || strspn(left, "0123456789") != strlen(left))
		return;
	s = strtoull(left, NULL, 10);
	add(w, ", %llu:%02u:%02u left", (unsigned long long)(s / 3600),
	    (unsigned int)(s / 60 % 60), (unsigned int)(s % 60));
}

static void add_state(struct writer *w, const struct status_line *line)
{
	const char *state = status_line_value(line, "prefetch");
	const char *why = status_line_value(line, "prefetch_throttle");
	const char *wait = status_line_value(line, "prefetch_wait");

	if (!state)
		return;
	add(w, ", prefetch %s", state);
	if (strcmp(state, "running") && strcmp(state, "profile"))
		return;
	/* What the throttle's reason is, prefetch_throttle tells better. */
	if (wait && strcmp(wait, "none") && strcmp(wait, "throttle"))
		add(w, " (waits: %s)", wait);
	else if (why && strcmp(why, "-"))
		add(w, " (%s)", why);
}

static void add_errors(struct writer *w, const struct status_line *line)
{
	uint64_t failing = number(line, "base_failing_ranges");
	uint64_t given_up = number(line, "base_given_up_ranges");
	uint64_t waiting = number(line, "base_waiting");

	if (failing)
		add(w, ", base fails in %llu ranges", (unsigned long long)failing);
	if (given_up)
		add(w, ", %llu given up", (unsigned long long)given_up);
	if (waiting)
		add(w, ", %llu I/Os wait for the base",
		    (unsigned long long)waiting);
}

void progress_line_format(char *text, size_t nr_bytes,
			  const struct status_line *line,
			  unsigned int bar_width)
{
	struct writer w = { text, nr_bytes, 0 };

	add_bar(&w, line, bar_width);
	add_rate(&w, line);
	add(&w, ", %llu/%llu blocks, %s",
	    (unsigned long long)line->local_base_blocks,
	    (unsigned long long)line->base_blocks, line->mode);
	add_state(&w, line);
	add_errors(&w, line);
}
