// SPDX-License-Identifier: GPL-2.0-only
/*
 * fvd map: what of a disk is local, in the base, zeros, or on its way.
 */
#include <json-c/json.h>
#include <stdlib.h>

#include "cli.h"
#include "dm.h"
#include "report.h"

enum { OPTION_CELLS, OPTION_FORMAT };

static const struct cli_option options[] = {
	{ "cells", "N", "in how many parts, 1 to 4096; default: 1024" },
	{ "format", "FORMAT", "text, svg or json; default: text" },
	{ NULL },
};

#define DEFAULT_CELLS	1024U
#define MAX_CELLS	4096U
#define CELLS_IN_ROW	64U
#define CELL_PIXELS	12U

struct cell {
	unsigned long long local;
	unsigned long long base;
	unsigned long long zero;
	unsigned int held;
};

struct disk_map {
	unsigned long long block_bytes;
	unsigned long long nr_blocks;
	struct cell cells[MAX_CELLS];
	unsigned int nr_cells;
};

static bool parse_map(struct disk_map *map, const char *text)
{
	struct cell *cell;
	int used;

	if (sscanf(text, "%llu %llu\n%n", &map->block_bytes, &map->nr_blocks,
		   &used) != 2)
		return false;
	for (text += used; *text; text += used) {
		if (map->nr_cells == MAX_CELLS)
			return false;
		cell = &map->cells[map->nr_cells++];
		if (sscanf(text, "%llu %llu %llu %u%n", &cell->local,
			   &cell->base, &cell->zero, &cell->held, &used) != 4)
			return false;
		used += strspn(text + used, "\n");
	}
	return map->nr_cells;
}

/* One character for a part of the disk; print_text() says which. */
static char sign_of(const struct cell *cell)
{
	if (cell->held)
		return '*';
	if (!cell->base && !cell->local)
		return '0';
	if (!cell->base)
		return '#';
	if (!cell->local)
		return '.';
	return '+';
}

static void print_text(const struct disk_map *map)
{
	char size[32], cell_size[32];
	unsigned int i;

	printf("%s, a sign is %s: # local, + partly, . in the base, 0 zeros, * on its way\n",
	       format_size(size, map->nr_blocks * map->block_bytes),
	       format_size(cell_size, map->nr_blocks * map->block_bytes /
			   map->nr_cells));
	for (i = 0; i < map->nr_cells; i++) {
		putchar(sign_of(&map->cells[i]));
		if (i % CELLS_IN_ROW == CELLS_IN_ROW - 1 ||
		    i == map->nr_cells - 1)
			putchar('\n');
	}
}

/* Local: blue, base: the paler the more, zeros: white, on its way: red rim. */
static void print_rectangle(const struct cell *cell, unsigned int at)
{
	unsigned long long data = cell->local + cell->base;
	unsigned int pale = data ? 220 * cell->base / data : 255;

	printf("<rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\" fill=\"rgb(%u,%u,255)\"",
	       at % CELLS_IN_ROW * CELL_PIXELS, at / CELLS_IN_ROW * CELL_PIXELS,
	       CELL_PIXELS - 1, CELL_PIXELS - 1, pale, data ? pale : 255);
	if (cell->held)
		printf(" stroke=\"red\"");
	printf("><title>%llu local, %llu in the base, %llu zeros</title></rect>\n",
	       cell->local, cell->base, cell->zero);
}

static void print_svg(const struct disk_map *map)
{
	unsigned int rows = (map->nr_cells + CELLS_IN_ROW - 1) / CELLS_IN_ROW, i;

	printf("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%u\">\n",
	       CELLS_IN_ROW * CELL_PIXELS, rows * CELL_PIXELS);
	for (i = 0; i < map->nr_cells; i++)
		print_rectangle(&map->cells[i], i);
	printf("</svg>\n");
}

static void print_json(const struct disk_map *map)
{
	struct json_object *object = json_object_new_object();
	struct json_object *cells = json_object_new_array(), *one;
	const struct cell *cell;
	unsigned int i;

	json_object_object_add(object, "block_size_bytes",
			       json_object_new_uint64(map->block_bytes));
	json_object_object_add(object, "blocks",
			       json_object_new_uint64(map->nr_blocks));
	for (i = 0; i < map->nr_cells; i++) {
		cell = &map->cells[i];
		one = json_object_new_object();
		json_object_object_add(one, "local_blocks",
				       json_object_new_uint64(cell->local));
		json_object_object_add(one, "base_blocks",
				       json_object_new_uint64(cell->base));
		json_object_object_add(one, "zero_blocks",
				       json_object_new_uint64(cell->zero));
		json_object_object_add(one, "in_flight",
				       json_object_new_boolean(cell->held));
		json_object_array_add(cells, one);
	}
	json_object_object_add(object, "cells", cells);
	report_print_json(object);
}

static int get_map(const char *name, unsigned int cells, struct disk_map *map)
{
	struct dm_device device;
	char text[32], *answer;
	int r;

	r = dm_find(name, &device);
	if (r)
		return r;
	snprintf(text, sizeof(text), "map %u", cells);
	r = dm_message(name, text, &answer);
	if (r)
		return r;
	if (!answer || !parse_map(map, answer)) {
		message(name, "the kernel's answer is not understood");
		r = EXIT_FAILED;
	}
	free(answer);
	return r;
}

static int run(const struct command *command, int argc, char **argv)
{
	static struct disk_map map;
	unsigned int cells = DEFAULT_CELLS;
	const char *format = "text";
	struct cli cli;
	int id, r;

	cli_begin(&cli, command, argc, argv);
	while ((id = cli_next(&cli)) >= 0) {
		if (id == OPTION_CELLS)
			cells = cli_number(&cli, "cells", MAX_CELLS);
		else
			format = cli.argument;
	}
	if (cli.json)
		format = "json";
	if (strcmp(format, "text") && strcmp(format, "svg") &&
	    strcmp(format, "json"))
		cli_usage_error(command, "--format: expected text, svg or json, found \"%s\"",
				format);
	if (!cells)
		cli_usage_error(command, "--cells: expected at least 1");
	dm_begin();
	r = get_map(cli.operands[0], cells, &map);
	if (r)
		return r;
	if (!strcmp(format, "svg"))
		print_svg(&map);
	else if (!strcmp(format, "json"))
		print_json(&map);
	else
		print_text(&map);
	return EXIT_OK;
}

const struct command command_map = {
	.name = "map",
	.summary = "draw what of a disk is local",
	.operands = "NAME",
	.min_operands = 1,
	.max_operands = 1,
	.reports = true,
	.options = options,
	.run = run,
};
