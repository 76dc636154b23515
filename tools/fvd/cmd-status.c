// SPDX-License-Identifier: GPL-2.0-only
/*
 * fvd status: how far an open image is.
 */
#include <json-c/json.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "dm.h"
#include "cli.h"
#include "plain.h"
#include "progress-line.h"
#include "report.h"
#include "status-line.h"

#define BAR_WIDTH	40U
#define SHORT_BAR_WIDTH	10U

enum { OPTION_WATCH };

static const struct cli_option options[] = {
	{ "watch", "[=SECONDS]", "again and again until complete; default: every second" },
	{ NULL },
};

struct status {
	struct cli cli;
	bool watch;
	unsigned int seconds;
	bool on_terminal;
};

static double percent(const struct status_line *line)
{
	if (!line->base_blocks)
		return 100;
	return 100.0 * line->local_base_blocks / line->base_blocks;
}

static void print_bar(const struct status_line *line)
{
	unsigned int filled = percent(line) * BAR_WIDTH / 100;
	unsigned int i;

	putchar('[');
	for (i = 0; i < BAR_WIDTH; i++)
		putchar(i < filled ? '#' : '.');
	printf("] %5.1f %%", percent(line));
}

static bool is_number(const char *text)
{
	return *text && strlen(text) < 20 &&
		strspn(text, "0123456789") == strlen(text);
}

static struct json_object *make_pairs(const struct status_line *line)
{
	struct json_object *object = json_object_new_object();
	const struct status_pair *pair;
	unsigned int i;

	for (i = 0; i < line->nr_pairs; i++) {
		pair = &line->pairs[i];
		json_object_object_add(object, pair->key,
				       is_number(pair->value) ?
				       json_object_new_uint64(strtoull(pair->value, NULL, 10)) :
				       json_object_new_string(pair->value));
	}
	return object;
}

static void report_numbers(struct report *report, const struct status_line *line)
{
	report_number(report, "local_base_blocks", NULL,
		      line->local_base_blocks);
	report_number(report, "base_blocks", NULL, line->base_blocks);
	report_number(report, "used_chunks", NULL, line->used_chunks);
	report_number(report, "chunks", NULL, line->chunks);
	report_number(report, "used_journal_blocks", NULL,
		      line->used_journal_blocks);
	report_number(report, "journal_blocks", NULL, line->journal_blocks);
	json_object_object_add(report->object, "values", make_pairs(line));
}

static void print_lines(const struct status_line *line, bool bar)
{
	unsigned int i;

	if (line->base_blocks) {
		printf("base blocks local:  ");
		if (bar)
			print_bar(line);
		else
			printf("%.1f %%", percent(line));
		printf(", %llu of %llu\n",
		       (unsigned long long)line->local_base_blocks,
		       (unsigned long long)line->base_blocks);
	}
	if (line->chunks)
		printf("chunks used:        %llu of %llu\n",
		       (unsigned long long)line->used_chunks,
		       (unsigned long long)line->chunks);
	printf("journal blocks:     %llu of %llu\n",
	       (unsigned long long)line->used_journal_blocks,
	       (unsigned long long)line->journal_blocks);
	for (i = 0; i < line->nr_pairs; i++)
		printf("%s:%*s%s\n", line->pairs[i].key,
		       (int)max_t(int, 1, 19 - strlen(line->pairs[i].key)), "",
		       line->pairs[i].value);
}

/* Ask for one device's status. */
static int get_status(const char *name, u64 *nr_sectors,
		      struct status_line *line)
{
	char *params;
	int r;

	r = dm_status(name, nr_sectors, &params);
	if (r)
		return r;
	if (!status_line_parse(line, params)) {
		message(name, "the kernel's status is not understood: %s",
			params);
		r = EXIT_FAILED;
	}
	free(params);
	return r;
}

static struct json_object *report_one(const struct status *s,
				      const struct dm_device *device,
				      u64 nr_sectors,
				      const struct status_line *line)
{
	struct json_object *object;
	struct report report;

	report_begin(&report, s->cli.json);
	report_text(&report, "name", "name", device->name);
	report_text(&report, "dm_uuid", NULL, device->uuid);
	report_text(&report, "mode", "mode", line->mode);
	report_flag(&report, "suspended", device->is_suspended ? "suspended" :
		    NULL, device->is_suspended);
	report_number(&report, "open_count", NULL, device->open_count);
	report_size(&report, "size_bytes", "disk size",
		    nr_sectors << FVD_SECTOR_SHIFT);
	report_numbers(&report, line);
	if (!s->cli.json)
		print_lines(line, s->on_terminal);
	object = json_object_get(report.object);
	report.json = false;
	report_end(&report);
	return object;
}

static struct json_object *report_plain(const struct status *s,
					const struct dm_device *device,
					const struct plain_device *plain)
{
	struct json_object *object;
	struct report report;

	report_begin(&report, s->cli.json);
	report_text(&report, "name", "name", device->name);
	report_text(&report, "dm_uuid", NULL, device->uuid);
	report_text(&report, "mode", "mode", "linear");
	report_flag(&report, "suspended", device->is_suspended ? "suspended" :
		    NULL, device->is_suspended);
	report_number(&report, "open_count", NULL, device->open_count);
	report_size(&report, "size_bytes", "disk size",
		    plain->nr_sectors << FVD_SECTOR_SHIFT);
	report_text(&report, "device", "lies on", plain->node);
	report_size(&report, "offset_bytes", "from",
		    plain->first_sector << FVD_SECTOR_SHIFT);
	object = json_object_get(report.object);
	report.json = false;
	report_end(&report);
	if (!s->cli.json)
		puts("a plain linear device since \"fvd pivot\"; dm-fvd is not involved");
	return object;
}

static int status_of(const struct status *s, const struct dm_device *device,
		     struct json_object *array, bool first)
{
	struct plain_device plain;
	struct json_object *object;
	struct status_line line;
	u64 nr_sectors;
	int r;

	if (plain_device_find(&plain, device->name)) {
		if (!s->cli.json && !first)
			putchar('\n');
		json_object_array_add(array, report_plain(s, device, &plain));
		return EXIT_OK;
	}
	r = get_status(device->name, &nr_sectors, &line);
	if (r)
		return r;
	if (!s->cli.json && !first)
		putchar('\n');
	object = report_one(s, device, nr_sectors, &line);
	json_object_array_add(array, object);
	return EXIT_OK;
}

static int status_all(const struct status *s)
{
	struct json_object *array = json_object_new_array();
	struct dm_device *devices;
	unsigned int i, nr;
	int r, worst;

	worst = dm_list_devices(&devices, &nr);
	for (i = 0; i < nr; i++) {
		r = status_of(s, &devices[i], array, i == 0);
		worst = r ?: worst;
	}
	free(devices);
	if (s->cli.json)
		report_print_json(array);
	else
		json_object_put(array);
	return worst;
}

static int status_named(const struct status *s, const char *name)
{
	struct json_object *array = json_object_new_array();
	struct dm_device device;
	int r;

	r = dm_find(name, &device);
	if (!r)
		r = status_of(s, &device, array, true);
	if (!r && s->cli.json)
		report_print_json(json_object_get(json_object_array_get_idx(array, 0)));
	json_object_put(array);
	return r;
}

/* How long a line may be, so that \r comes back to its beginning. */
static unsigned int terminal_width(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		return UINT_MAX;
	return size.ws_col - 1;
}

/* Where there is no room the bar is shorter, then the end is missing. */
static void print_progress(const char *name, const struct status_line *line)
{
	unsigned int width = terminal_width(), bar_width = BAR_WIDTH, too_many;
	char progress[512], text[700];

	progress_line_format(progress, sizeof(progress), line, bar_width);
	snprintf(text, sizeof(text), "%s: %s", name, progress);
	if (strlen(text) > width) {
		too_many = strlen(text) - width;
		bar_width -= min(too_many, BAR_WIDTH - SHORT_BAR_WIDTH);
		progress_line_format(progress, sizeof(progress), line, bar_width);
		snprintf(text, sizeof(text), "%s: %s", name, progress);
	}
	printf("\r%.*s\033[K", (int)min_t(size_t, width, strlen(text)), text);
}

static void print_tick(const struct status *s, const char *name,
		       const struct status_line *line)
{
	struct json_object *object;
	char text[512];

	if (s->cli.json) {
		object = make_pairs(line);
		json_object_object_add(object, "local_base_blocks",
				       json_object_new_uint64(line->local_base_blocks));
		json_object_object_add(object, "base_blocks",
				       json_object_new_uint64(line->base_blocks));
		json_object_object_add(object, "mode",
				       json_object_new_string(line->mode));
		puts(json_object_to_json_string(object));
		json_object_put(object);
	} else if (s->on_terminal) {
		print_progress(name, line);
	} else {
		progress_line_format(text, sizeof(text), line, BAR_WIDTH);
		printf("%s: %s\n", name, text);
	}
	fflush(stdout);
}

static int watch(const struct status *s, const char *name)
{
	struct plain_device plain;
	struct status_line line;
	struct dm_device device;
	u64 nr_sectors;
	int r;

	r = dm_find(name, &device);
	if (!r && plain_device_find(&plain, name))
		return status_named(s, name);
	while (!r) {
		r = get_status(name, &nr_sectors, &line);
		if (r)
			break;
		print_tick(s, name, &line);
		if (!strcmp(line.mode, "fail")) {
			r = EXIT_FAILED;
			break;
		}
		if (line.local_base_blocks == line.base_blocks)
			break;
		sleep(s->seconds);
	}
	if (s->on_terminal && !s->cli.json)
		putchar('\n');
	return r;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct status s = {
		.seconds = 1,
		.on_terminal = isatty(STDOUT_FILENO),
	};

	cli_begin(&s.cli, command, argc, argv);
	while (cli_next(&s.cli) == OPTION_WATCH) {
		s.watch = true;
		if (s.cli.argument)
			s.seconds = max_t(u64, 1, cli_number(&s.cli, "watch",
							     86400));
	}
	if (s.watch && !s.cli.nr_operands)
		cli_usage_error(command, "--watch needs a NAME");
	dm_begin();
	if (!s.cli.nr_operands)
		return status_all(&s);
	if (s.watch)
		return watch(&s, s.cli.operands[0]);
	return status_named(&s, s.cli.operands[0]);
}

const struct command command_status = {
	.name = "status",
	.summary = "tell how far an open image is",
	.operands = "[NAME]",
	.min_operands = 0,
	.max_operands = 1,
	.reports = true,
	.options = options,
	.run = run,
};
