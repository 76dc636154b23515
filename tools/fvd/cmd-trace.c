// SPDX-License-Identifier: GPL-2.0-only
/*
 * fvd trace: the life of bios, from the tracepoints, and why some were slow.
 *
 * A tracing instance of its own is used, so that nobody else's is disturbed.
 * Left out on purpose: filters. The kernel's own, of the instance, are what
 * trace-cmd and perf offer.
 */
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "dm.h"

enum { OPTION_SECONDS, OPTION_SLOWEST, OPTION_QUIET };

static const struct cli_option options[] = {
	{ "seconds", "N", "how long; default: until interrupted" },
	{ "slowest", "N", "in the end explain so many bios, up to 100; default: 5" },
	{ "quiet", NULL, "print no events, only the slowest bios" },
	{ NULL },
};

#define TRACEFS		"/sys/kernel/tracing"
#define MAX_STAGES	16
#define MAX_LIVES	4096	/* bios under way at one time */
#define MAX_SLOWEST	100
#define WORD_BYTES	32
/* For what is left when the time is over: it may be much, and read slowly. */
#define LAST_SECONDS	1

struct stage {
	char name[WORD_BYTES];
	double begun;
};

/* A bio from fvd_bio_mapped to fvd_bio_complete. */
struct life {
	unsigned long long number;
	unsigned long long sector;
	unsigned int sectors;
	char op[WORD_BYTES];
	char path[WORD_BYTES];
	int error;
	double begun;
	double ended;
	struct stage stages[MAX_STAGES];
	unsigned int nr_stages;
};

struct trace {
	char instance[64];
	char device[WORD_BYTES];
	bool quiet;
	unsigned int nr_slowest;
	struct life lives[MAX_LIVES];
	struct life slowest[MAX_SLOWEST];
	unsigned long long nr_ended;
	unsigned long long nr_lost;
};

/* What the tracing instance tells, line by line. */
struct feed {
	int fd;
	char buffer[65536];
	size_t used;
	double end;	/* of the time, by seconds_now() */
	bool is_last;	/* there are no new events any more */
};

static volatile sig_atomic_t interrupted;

static void on_signal(int signal)
{
	interrupted = true;
}

/*
 * The instance must not stay behind, whatever ends this: SIGPIPE waits until it
 * is gone. SA_RESTART: no line is lost because a signal came while it was
 * printed.
 */
static void catch_signals(void)
{
	const struct sigaction action = {
		.sa_handler = on_signal,
		.sa_flags = SA_RESTART,
	};

	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGQUIT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int write_file(const char *folder, const char *name, const char *text)
{
	char path[256];
	ssize_t nr;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_TRUNC);
	nr = fd < 0 ? -1 : write(fd, text, strlen(text));
	if (nr < 0)
		message(path, "%s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return nr < 0 ? EXIT_FAILED : EXIT_OK;
}

/* The value behind "key=", into @value; false if there is none. */
static bool get(const char *line, const char *key, char *value, size_t nr_bytes)
{
	char pattern[WORD_BYTES];
	const char *at;
	size_t nr;

	snprintf(pattern, sizeof(pattern), " %s=", key);
	at = strstr(line, pattern);
	if (!at)
		return false;
	at += strlen(pattern);
	nr = strcspn(at, " \n");
	if (nr >= nr_bytes)
		return false;
	memcpy(value, at, nr);
	value[nr] = '\0';
	return true;
}

static unsigned long long get_number(const char *line, const char *key)
{
	char value[WORD_BYTES];

	return get(line, key, value, sizeof(value)) ?
		strtoull(value, NULL, 10) : 0;
}

static struct life *life_of(struct trace *trace, unsigned long long number)
{
	return &trace->lives[number % MAX_LIVES];
}

static void begin_life(struct trace *trace, const char *line, double now)
{
	unsigned long long number = get_number(line, "number");
	struct life *life = life_of(trace, number);

	memset(life, 0, sizeof(*life));
	life->number = number;
	life->sector = get_number(line, "sector");
	life->sectors = get_number(line, "sectors");
	life->begun = now;
	get(line, "op", life->op, sizeof(life->op));
}

static void add_stage(struct trace *trace, const char *line, double now)
{
	unsigned long long number = get_number(line, "number");
	struct life *life = life_of(trace, number);
	struct stage *stage;

	if (life->number != number || life->nr_stages == MAX_STAGES)
		return;
	stage = &life->stages[life->nr_stages++];
	stage->begun = now;
	get(line, "stage", stage->name, sizeof(stage->name));
}

/* Slowest first; the last one of the list is the first to go. */
static void remember(struct trace *trace, const struct life *life)
{
	double took = life->ended - life->begun;
	unsigned int at = trace->nr_slowest;

	while (at && took > trace->slowest[at - 1].ended -
	       trace->slowest[at - 1].begun)
		at--;
	if (at == trace->nr_slowest)
		return;
	memmove(&trace->slowest[at + 1], &trace->slowest[at],
		(trace->nr_slowest - at - 1) * sizeof(*life));
	trace->slowest[at] = *life;
}

static void end_life(struct trace *trace, const char *line, double now)
{
	unsigned long long number = get_number(line, "number");
	struct life *life = life_of(trace, number);
	char error[WORD_BYTES];

	trace->nr_ended++;
	if (!number || life->number != number)
		return;
	life->ended = now;
	get(line, "path", life->path, sizeof(life->path));
	if (get(line, "error", error, sizeof(error)))
		life->error = atoi(error);
	remember(trace, life);
	life->number = 0;
}

/* "  comm-123 [000] d..1. 12.345678: fvd_bio_stage: device=253:0 ..." */
static void take_line(struct trace *trace, char *line)
{
	char device[WORD_BYTES];
	char *event = strstr(line, ": fvd_"), *time;
	double now;

	if (strstr(line, "LOST"))
		trace->nr_lost++;
	if (!event || !get(event, "device", device, sizeof(device)) ||
	    strcmp(device, trace->device))
		return;
	for (time = event; time > line && time[-1] != ' '; time--)
		;
	now = strtod(time, NULL);
	event += 2;
	if (!trace->quiet)
		printf("%.6f %s\n", now, event);
	if (!strncmp(event, "fvd_bio_mapped:", 15))
		begin_life(trace, event, now);
	else if (!strncmp(event, "fvd_bio_stage:", 14))
		add_stage(trace, event, now);
	else if (!strncmp(event, "fvd_bio_complete:", 17))
		end_life(trace, event, now);
}

static void print_life(const struct life *life)
{
	double next;
	unsigned int i;

	printf("%8.3f ms  %s of %u sectors at %llu, path %s", 1000 *
	       (life->ended - life->begun), life->op, life->sectors,
	       life->sector, life->path);
	if (life->error)
		printf(", error %d", life->error);
	putchar('\n');
	for (i = 0; i < life->nr_stages; i++) {
		next = i + 1 < life->nr_stages ? life->stages[i + 1].begun :
						 life->ended;
		printf("%14.3f ms  %s\n", 1000 * (next - life->stages[i].begun),
		       life->stages[i].name);
	}
}

static void print_slowest(const struct trace *trace)
{
	unsigned int i;

	printf("%llu bios ended", trace->nr_ended);
	if (trace->nr_lost)
		printf(", and events were lost");
	printf("; the slowest:\n");
	for (i = 0; i < trace->nr_slowest && trace->slowest[i].number; i++)
		print_life(&trace->slowest[i]);
}

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

/* A signal is no reason to leave out what happened before it. */
static bool is_over(const struct feed *feed)
{
	return ferror(stdout) || (interrupted && !feed->is_last) ||
		seconds_now() > feed->end;
}

static void take_lines(struct trace *trace, struct feed *feed)
{
	char *line = feed->buffer, *newline;

	feed->buffer[feed->used] = '\0';
	while (!is_over(feed) && (newline = strchr(line, '\n'))) {
		*newline = '\0';
		take_line(trace, line);
		line = newline + 1;
	}
	feed->used -= line - feed->buffer;
	memmove(feed->buffer, line, feed->used);
	if (feed->used == sizeof(feed->buffer) - 1)
		feed->used = 0; /* no line is that long */
}

/* Until the time is over, or nothing is left. */
static void read_events(struct trace *trace, struct feed *feed)
{
	struct pollfd poller = { .fd = feed->fd, .events = POLLIN };
	ssize_t nr;

	while (!is_over(feed)) {
		nr = read(feed->fd, feed->buffer + feed->used,
			  sizeof(feed->buffer) - 1 - feed->used);
		if (nr <= 0 && feed->is_last)
			return;
		if (nr > 0)
			feed->used += nr;
		else	/* Not only when it is woken: buffers wake when they fill. */
			poll(&poller, 1, 50);
		take_lines(trace, feed);
	}
	/* Whoever reads our lines is too slow for them. */
	if (feed->is_last)
		trace->nr_lost++;
}

static int follow(struct trace *trace, unsigned int seconds)
{
	static struct feed feed;
	char path[256];
	int r;

	snprintf(path, sizeof(path), "%s/trace_pipe", trace->instance);
	feed.fd = open(path, O_RDONLY | O_NONBLOCK);
	if (feed.fd < 0) {
		message(path, "%s", strerror(errno));
		return EXIT_FAILED;
	}
	feed.end = seconds ? seconds_now() + seconds : HUGE_VAL;
	read_events(trace, &feed);
	r = write_file(trace->instance, "events/fvd/enable", "0");
	feed.end = seconds_now() + LAST_SECONDS;
	feed.is_last = true;
	read_events(trace, &feed);
	close(feed.fd);
	return r;
}

static int begin(struct trace *trace)
{
	int r;

	snprintf(trace->instance, sizeof(trace->instance),
		 TRACEFS "/instances/fvd-%d", getpid());
	if (mkdir(trace->instance, 0700)) {
		message(trace->instance, "%s; is tracefs mounted, and are you root?",
			strerror(errno));
		return EXIT_FAILED;
	}
	r = write_file(trace->instance, "events/fvd/enable", "1");
	if (r)
		rmdir(trace->instance);
	return r;
}

static int end(struct trace *trace)
{
	if (!rmdir(trace->instance))
		return EXIT_OK;
	message(trace->instance, "%s", strerror(errno));
	return EXIT_FAILED;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct trace *trace = calloc(1, sizeof(*trace));
	struct dm_device device;
	unsigned int seconds = 0;
	struct cli cli;
	int id, r;

	if (!trace)
		return EXIT_FAILED;
	trace->nr_slowest = 5;
	cli_begin(&cli, command, argc, argv);
	while ((id = cli_next(&cli)) >= 0) {
		if (id == OPTION_SECONDS)
			seconds = cli_number(&cli, "seconds", 86400);
		else if (id == OPTION_SLOWEST)
			trace->nr_slowest = cli_number(&cli, "slowest",
						       MAX_SLOWEST);
		else
			trace->quiet = true;
	}
	dm_begin();
	r = dm_find(cli.operands[0], &device);
	if (!r) {
		snprintf(trace->device, sizeof(trace->device), "%u:%u",
			 device.major, device.minor);
		catch_signals();
		r = begin(trace);
	}
	if (!r) {
		r = follow(trace, seconds);
		r = end(trace) ?: r;
		signal(SIGPIPE, SIG_DFL);
		print_slowest(trace);
	}
	free(trace);
	return r;
}

const struct command command_trace = {
	.name = "trace",
	.summary = "tell what a disk does, and why it was slow",
	.operands = "NAME",
	.min_operands = 1,
	.max_operands = 1,
	.options = options,
	.run = run,
};
