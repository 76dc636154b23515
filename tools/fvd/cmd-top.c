// SPDX-License-Identifier: GPL-2.0-only
/*
 * fvd top: open images, live: rates, hits, latencies by path, prefetch.
 *
 * Rates come from the status line and sysfs, latencies from debugfs, which
 * only root may read; without it they are left out.
 */
#include <stdlib.h>
#include <unistd.h>

#include "cli.h"
#include "dm.h"
#include "stack.h"
#include "status-line.h"

enum { OPTION_INTERVAL, OPTION_COUNT };

static const struct cli_option options[] = {
	{ "interval", "SECONDS", "between two pictures; default: 1" },
	{ "count", "N", "so many pictures; default: until interrupted" },
	{ NULL },
};

#define DEBUGFS		"/sys/kernel/debug/dm-fvd"
#define MAX_PATHS	16
#define MAX_BUCKETS	64

struct path_latency {
	char name[32];
	unsigned long long count[MAX_BUCKETS];
	unsigned long long below_us[MAX_BUCKETS];
	unsigned int nr;
};

/* What is known of a device at one moment. */
struct picture {
	struct dm_device device;
	struct status_line status;
	struct stack_counters counters;
	struct path_latency paths[MAX_PATHS];
	unsigned int nr_paths;
};

struct screen {
	struct picture *pictures;
	unsigned int nr;
};

/* Since the last picture; where a counter has begun anew, all of it. */
static u64 growth(u64 now, u64 before)
{
	return now < before ? now : now - before;
}

static u64 number_of(const struct picture *picture, const char *key)
{
	const char *value = status_line_value(&picture->status, key);

	return value ? strtoull(value, NULL, 10) : 0;
}

static void read_latency(struct picture *picture)
{
	unsigned long long count;
	struct path_latency *path = NULL;
	char file[256], name[32], below[32];
	FILE *stream;

	picture->nr_paths = 0;
	snprintf(file, sizeof(file), DEBUGFS "/%u:%u/latency",
		 picture->device.major, picture->device.minor);
	stream = fopen(file, "r");
	if (!stream)
		return;
	while (fgets(file, sizeof(file), stream)) {
		if (sscanf(file, "%31s %31s %llu", name, below, &count) != 3)
			continue;
		if (!path || strcmp(path->name, name)) {
			if (picture->nr_paths == MAX_PATHS)
				break;
			path = &picture->paths[picture->nr_paths++];
			memset(path, 0, sizeof(*path));
			memcpy(path->name, name, sizeof(name));
		}
		if (path->nr == MAX_BUCKETS)
			continue;
		path->below_us[path->nr] = strtoull(below, NULL, 10);
		path->count[path->nr++] = count;
	}
	fclose(stream);
}

/* @params: its status, which is freed */
static void take_picture(struct picture *picture, const struct dm_device *device,
			 char *params)
{
	char number[STACK_WORD_BYTES];

	memset(picture, 0, sizeof(*picture));
	picture->device = *device;
	if (!status_line_parse(&picture->status, params))
		memcpy(picture->status.mode, "?", 2);
	free(params);
	snprintf(number, sizeof(number), "%u:%u", device->major, device->minor);
	stack_read_counters(number, &picture->counters);
	read_latency(picture);
}

static int make_room(struct screen *screen, unsigned int nr)
{
	struct picture *pictures;

	screen->nr = 0;
	pictures = reallocarray(screen->pictures, nr + 1, sizeof(*pictures));
	if (!pictures) {
		message("top", "no memory for %u devices", nr);
		return EXIT_FAILED;
	}
	screen->pictures = pictures;
	return EXIT_OK;
}

static int take_one(struct screen *screen, const char *name)
{
	struct dm_device device;
	u64 nr_sectors;
	char *params;
	int r;

	r = make_room(screen, 1);
	if (!r)
		r = dm_find(name, &device);
	if (!r)
		r = dm_status(name, &nr_sectors, &params);
	if (!r)
		take_picture(&screen->pictures[screen->nr++], &device, params);
	return r;
}

/* Whoever is closed meanwhile, or has no table yet, is left out. */
static int take_all(struct screen *screen)
{
	struct dm_device *devices;
	unsigned int i, nr;
	u64 nr_sectors;
	char *params;
	int r;

	r = dm_list_devices(&devices, &nr);
	if (!r)
		r = make_room(screen, nr);
	for (i = 0; !r && i < nr; i++)
		if (dm_try_status(devices[i].name, &nr_sectors, &params))
			take_picture(&screen->pictures[screen->nr++],
				     &devices[i], params);
	free(devices);
	return r;
}

static const struct path_latency *find_path(const struct picture *picture,
					    const char *name)
{
	unsigned int i;

	for (i = 0; i < picture->nr_paths; i++)
		if (!strcmp(picture->paths[i].name, name))
			return &picture->paths[i];
	return NULL;
}

static unsigned long long count_below(const struct path_latency *path,
				      unsigned long long below_us)
{
	unsigned int i;

	for (i = 0; path && i < path->nr; i++)
		if (path->below_us[i] == below_us)
			return path->count[i];
	return 0;
}

/* Of the bios since the last picture: how many, and an upper bound for most. */
static void print_path(const struct path_latency *now,
		       const struct path_latency *before)
{
	unsigned long long total = 0, seen = 0, count[MAX_BUCKETS];
	unsigned long long half_us = 0, most_us = 0;
	unsigned int i;

	for (i = 0; i < now->nr; i++) {
		count[i] = growth(now->count[i],
				  count_below(before, now->below_us[i]));
		total += count[i];
	}
	for (i = 0; i < now->nr; i++) {
		if (seen * 2 < total)
			half_us = now->below_us[i];
		if (seen * 100 < total * 99)
			most_us = now->below_us[i];
		seen += count[i];
	}
	if (total)
		printf("    %-8s %6llu bios, half below %llu us, 99 %% below %llu us\n",
		       now->name, total, half_us, most_us);
}

static void print_picture(const struct picture *now, const struct picture *before,
			  unsigned int seconds)
{
	u64 reads = growth(now->counters.read_sectors,
			   before->counters.read_sectors);
	u64 writes = growth(now->counters.written_sectors,
			    before->counters.written_sectors);
	u64 missed = growth(number_of(now, "base_read_sectors"),
			    number_of(before, "base_read_sectors")) +
		growth(number_of(now, "fetched_sectors"),
		       number_of(before, "fetched_sectors"));
	const char *prefetch = status_line_value(&now->status, "prefetch");
	unsigned int i;

	printf("%-16s %-4s %9llu %9llu", now->device.name, now->status.mode,
	       (unsigned long long)reads / 2 / seconds,
	       (unsigned long long)writes / 2 / seconds);
	if (reads)
		printf(" %5.1f", missed < reads ? 100.0 - 100.0 * missed / reads :
						  0.0);
	else
		printf(" %5s", "-");
	printf(" %6.1f  %s\n", now->status.base_blocks ? 100.0 *
	       now->status.local_base_blocks / now->status.base_blocks : 100.0,
	       prefetch ?: "-");
	for (i = 0; i < now->nr_paths; i++)
		print_path(&now->paths[i],
			   find_path(before, now->paths[i].name));
}

/* Not another one that has its name by now. */
static bool is_same(const struct dm_device *a, const struct dm_device *b)
{
	return !strcmp(a->name, b->name) && !strcmp(a->uuid, b->uuid) &&
		a->major == b->major && a->minor == b->minor;
}

static void print_screen(const struct screen *now, const struct screen *before,
			 unsigned int seconds)
{
	unsigned int i, j;

	if (isatty(STDOUT_FILENO))
		printf("\033[H\033[J");
	printf("%-16s %-4s %9s %9s %5s %6s  %s\n", "NAME", "MODE", "READ",
	       "WRITTEN", "HITS", "LOCAL", "PREFETCH");
	printf("%-16s %-4s %9s %9s %5s %6s\n", "", "", "KiB/s", "KiB/s", "%",
	       "%");
	for (i = 0; i < now->nr; i++)
		for (j = 0; j < before->nr; j++)
			if (is_same(&now->pictures[i].device,
				    &before->pictures[j].device))
				print_picture(&now->pictures[i],
					      &before->pictures[j], seconds);
	fflush(stdout);
}

static int watch(const char *name, unsigned int seconds, u64 count)
{
	struct screen screens[2] = { };
	unsigned int now = 0;
	u64 done;
	int r;

	r = name ? take_one(&screens[now], name) : take_all(&screens[now]);
	for (done = 0; !r && (!count || done < count); done++) {
		sleep(seconds);
		now = !now;
		r = name ? take_one(&screens[now], name) :
			   take_all(&screens[now]);
		if (!r)
			print_screen(&screens[now], &screens[!now], seconds);
	}
	free(screens[0].pictures);
	free(screens[1].pictures);
	return r;
}

static int run(const struct command *command, int argc, char **argv)
{
	unsigned int seconds = 1;
	struct cli cli;
	u64 count = 0;
	int id;

	cli_begin(&cli, command, argc, argv);
	while ((id = cli_next(&cli)) >= 0) {
		if (id == OPTION_INTERVAL)
			seconds = max_t(u64, 1, cli_number(&cli, "interval",
							   86400));
		else
			count = cli_number(&cli, "count", UINT64_MAX);
	}
	dm_begin();
	return watch(cli.nr_operands ? cli.operands[0] : NULL, seconds, count);
}

const struct command command_top = {
	.name = "top",
	.summary = "show open images live",
	.operands = "[NAME]",
	.min_operands = 0,
	.max_operands = 1,
	.options = options,
	.run = run,
};
