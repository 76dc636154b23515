/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The target's table line: take apart, change, put together.
 *
 * <image dev> <base dev|-> <data dev|-> [<#features> <feature>...]
 * [<#core args> <key> <value>...]
 */
#ifndef TABLE_LINE_H
#define TABLE_LINE_H

#include <stdbool.h>
#include <stddef.h>

#define TABLE_LINE_MAX_FEATURES	16
#define TABLE_LINE_MAX_SETTINGS	32
#define TABLE_LINE_WORD_BYTES	64
#define TABLE_LINE_BYTES	8192

struct table_setting {
	char key[TABLE_LINE_WORD_BYTES];
	char value[TABLE_LINE_WORD_BYTES];
};

/**
 * struct table_line - the words of a table line.
 * @image: "MAJOR:MINOR"; so are @base and @data, or "-"
 */
struct table_line {
	char image[TABLE_LINE_WORD_BYTES];
	char base[TABLE_LINE_WORD_BYTES];
	char data[TABLE_LINE_WORD_BYTES];
	char features[TABLE_LINE_MAX_FEATURES][TABLE_LINE_WORD_BYTES];
	unsigned int nr_features;
	struct table_setting settings[TABLE_LINE_MAX_SETTINGS];
	unsigned int nr_settings;
};

/** table_line_parse() - what the kernel printed; false if not understood. */
bool table_line_parse(struct table_line *line, const char *text);

/** table_line_format() - false if it does not fit. */
bool table_line_format(const struct table_line *line, char *text,
		       size_t nr_bytes);

/** table_line_has_feature() - is it there? */
bool table_line_has_feature(const struct table_line *line, const char *feature);

/**
 * table_line_add_feature() - add it if it is not there; its opposite goes.
 *
 * Returns: false if the word makes no sense, or there are too many.
 */
bool table_line_add_feature(struct table_line *line, const char *feature);

/** table_line_drop_feature() - remove it if it is there. */
void table_line_drop_feature(struct table_line *line, const char *feature);

/** table_line_set() - "KEY=VALUE"; the last one counts. */
bool table_line_set(struct table_line *line, const char *setting);

#endif /* TABLE_LINE_H */
