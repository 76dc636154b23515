// SPDX-License-Identifier: GPL-2.0-only
/*
 * A profile as a picture: from left to right the base, from top to bottom the
 * time; what is dark was touched.
 */
#include <stdlib.h>

#include "cli.h"
#include "profile-file.h"

#define COLUMNS		72
#define ROWS		24
#define SVG_WIDTH	800
#define SVG_HEIGHT	500
#define SVG_LEFT	60
#define SVG_TOP		40

/* Darker, the more of a cell's place was touched in its time. */
static const char shades[] = " .:-=+*#%@";

static u64 base_units(const struct profile_file *file)
{
	return max_t(u64, 1, fvd_profile_base_units(file->base.size_bytes,
						    file->profile.unit_shift));
}

/* In which of @parts; a picture needs no more than a double has. */
static unsigned int scale(u64 value, u64 whole, unsigned int parts)
{
	return (double)value / whole * parts;
}

/* The first unit behind a column. */
static u64 end_of_column(u64 units, unsigned int column)
{
	return units / COLUMNS * (column + 1) +
		(units % COLUMNS * (column + 1) + COLUMNS - 1) / COLUMNS;
}

static void fill_cells(const struct profile_file *file,
		       u64 cells[ROWS][COLUMNS])
{
	const struct fvd_profile *profile = &file->profile;
	const struct fvd_profile_entry *entry;
	u64 units = base_units(file), at, end, stop;
	unsigned int row, column;
	u32 i;

	for (i = 0; i < profile->nr_entries; i++) {
		entry = &profile->entries[i];
		row = scale(entry->time_ms, (u64)profile->duration_ms + 1, ROWS);
		row = min_t(unsigned int, row, ROWS - 1);
		end = entry->first_unit + entry->nr_units;
		for (at = entry->first_unit; at < end; at = stop) {
			column = scale(at, units, COLUMNS);
			stop = max(end_of_column(units, column), at + 1);
			stop = min(stop, end);
			cells[row][column] += stop - at;
		}
	}
}

static void print_cells(u64 cells[ROWS][COLUMNS], u64 units_of_cell,
			u32 duration_ms)
{
	unsigned int row, column, shade;

	for (row = 0; row < ROWS; row++) {
		printf("%9.2f s |", (double)duration_ms * row / ROWS / 1000);
		for (column = 0; column < COLUMNS; column++) {
			shade = 0;
			if (cells[row][column])
				shade = 1 + min_t(u64, sizeof(shades) - 3,
						  cells[row][column] * 8 /
						  units_of_cell);
			putchar(shades[shade]);
		}
		puts("|");
	}
}

void profile_show_text(const struct profile_file *file)
{
	static u64 cells[ROWS][COLUMNS];
	char size[32];

	memset(cells, 0, sizeof(cells));
	fill_cells(file, cells);
	printf("%11s %-*s%s\n", "time", COLUMNS - 5, "start of the base", "its end");
	print_cells(cells, max_t(u64, 1, base_units(file) / COLUMNS),
		    file->profile.duration_ms);
	printf("%11s each column is %s of the base; the darker, the more of it was touched\n",
	       "", format_size(size, (base_units(file) << file->profile.unit_shift) /
			       COLUMNS));
}

static void write_entries(const struct profile_file *file, FILE *out)
{
	const struct fvd_profile *profile = &file->profile;
	const struct fvd_profile_entry *entry;
	double units = base_units(file), x, y, width;
	u32 i;

	for (i = 0; i < profile->nr_entries; i++) {
		entry = &profile->entries[i];
		x = SVG_LEFT + SVG_WIDTH * (entry->first_unit / units);
		y = SVG_TOP + (double)SVG_HEIGHT * entry->time_ms /
			((double)profile->duration_ms + 1);
		/* What is narrower than a point would not be seen. */
		width = SVG_WIDTH * (entry->nr_units / units);
		fprintf(out, "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"1.5\"/>\n",
			x, y, width < 1 ? 1 : width);
	}
}

static void write_svg(const struct profile_file *file, FILE *out)
{
	const struct fvd_profile *profile = &file->profile;
	char touched[32], base[32];

	format_size(touched, profile->nr_units << profile->unit_shift);
	format_size(base, file->base.size_bytes);
	fprintf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-size=\"12\">\n",
		SVG_WIDTH + 2 * SVG_LEFT, SVG_HEIGHT + 2 * SVG_TOP);
	fprintf(out, "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n"
		"<text x=\"%d\" y=\"20\">%s touched of a base of %s, in %u pieces</text>\n",
		SVG_LEFT, touched, base, profile->nr_entries);
	fprintf(out, "<g fill=\"none\" stroke=\"#999\">\n"
		"<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/></g>\n",
		SVG_LEFT, SVG_TOP, SVG_WIDTH, SVG_HEIGHT);
	fprintf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">0 s</text>\n"
		"<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%.1f s</text>\n",
		SVG_LEFT - 4, SVG_TOP + 10, SVG_LEFT - 4, SVG_TOP + SVG_HEIGHT,
		profile->duration_ms / 1000.0);
	fprintf(out, "<text x=\"%d\" y=\"%d\">0</text>\n"
		"<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n"
		"<g fill=\"#1f5fa8\">\n", SVG_LEFT, SVG_TOP + SVG_HEIGHT + 16,
		SVG_LEFT + SVG_WIDTH, SVG_TOP + SVG_HEIGHT + 16, base);
	write_entries(file, out);
	fprintf(out, "</g>\n</svg>\n");
}

int profile_show_svg(const struct profile_file *file, const char *path)
{
	FILE *out = strcmp(path, "-") ? fopen(path, "we") : stdout;
	bool failed;

	if (!out) {
		message(path, "%s", strerror(errno));
		return EXIT_FAILED;
	}
	write_svg(file, out);
	failed = fflush(out) || ferror(out);
	if (out != stdout && fclose(out))
		failed = true;
	if (failed)
		message(path, "could not be written");
	return failed ? EXIT_FAILED : EXIT_OK;
}
