// SPDX-License-Identifier: GPL-2.0-only
/*
 * The target's table line.
 *
 * Features and keys are not checked against a list: the kernel's target knows
 * them, and a newer one knows more.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table-line.h"

/* The next word of *text, which is advanced. */
static bool next_word(const char **text, char word[TABLE_LINE_WORD_BYTES])
{
	size_t nr;

	*text += strspn(*text, " ");
	nr = strcspn(*text, " ");
	if (!nr || nr >= TABLE_LINE_WORD_BYTES)
		return false;
	memcpy(word, *text, nr);
	word[nr] = '\0';
	*text += nr;
	return true;
}

static bool next_count(const char **text, unsigned int max, unsigned int *nr)
{
	char word[TABLE_LINE_WORD_BYTES];
	char *rest;

	*nr = 0;
	if (!(*text)[strspn(*text, " ")])
		return true;
	if (!next_word(text, word))
		return false;
	*nr = strtoul(word, &rest, 10);
	return !*rest && *nr <= max;
}

bool table_line_parse(struct table_line *line, const char *text)
{
	unsigned int i, nr;

	memset(line, 0, sizeof(*line));
	if (!next_word(&text, line->image) || !next_word(&text, line->base) ||
	    !next_word(&text, line->data))
		return false;
	if (!next_count(&text, TABLE_LINE_MAX_FEATURES, &nr))
		return false;
	for (i = 0; i < nr; i++)
		if (!next_word(&text, line->features[i]))
			return false;
	line->nr_features = nr;
	if (!next_count(&text, 2 * TABLE_LINE_MAX_SETTINGS, &nr) || nr % 2)
		return false;
	for (i = 0; i < nr / 2; i++)
		if (!next_word(&text, line->settings[i].key) ||
		    !next_word(&text, line->settings[i].value))
			return false;
	line->nr_settings = nr / 2;
	return !text[strspn(text, " ")];
}

bool table_line_format(const struct table_line *line, char *text,
		       size_t nr_bytes)
{
	FILE *out = fmemopen(text, nr_bytes, "w");
	unsigned int i;
	bool fits;

	if (!out)
		return false;
	fprintf(out, "%s %s %s %u", line->image, line->base, line->data,
		line->nr_features);
	for (i = 0; i < line->nr_features; i++)
		fprintf(out, " %s", line->features[i]);
	fprintf(out, " %u", 2 * line->nr_settings);
	for (i = 0; i < line->nr_settings; i++)
		fprintf(out, " %s %s", line->settings[i].key,
			line->settings[i].value);
	fputc('\0', out);
	fits = !fflush(out) && !ferror(out);
	fclose(out);
	return fits;
}

static bool is_word(const char *text)
{
	size_t nr = strlen(text);

	return nr && nr < TABLE_LINE_WORD_BYTES && !strpbrk(text, " \t\n\\");
}

static unsigned int find_feature(const struct table_line *line,
				 const char *feature)
{
	unsigned int i;

	for (i = 0; i < line->nr_features; i++)
		if (!strcmp(line->features[i], feature))
			break;
	return i;
}

bool table_line_has_feature(const struct table_line *line, const char *feature)
{
	return find_feature(line, feature) < line->nr_features;
}

void table_line_drop_feature(struct table_line *line, const char *feature)
{
	unsigned int i = find_feature(line, feature);

	if (i == line->nr_features)
		return;
	line->nr_features--;
	memmove(line->features[i], line->features[i + 1],
		(line->nr_features - i) * sizeof(line->features[0]));
}

bool table_line_add_feature(struct table_line *line, const char *feature)
{
	char opposite[TABLE_LINE_WORD_BYTES + 3];

	if (!is_word(feature))
		return false;
	if (table_line_has_feature(line, feature))
		return true;
	if (!strncmp(feature, "no_", 3))
		snprintf(opposite, sizeof(opposite), "%s", feature + 3);
	else
		snprintf(opposite, sizeof(opposite), "no_%s", feature);
	table_line_drop_feature(line, opposite);
	if (line->nr_features == TABLE_LINE_MAX_FEATURES)
		return false;
	memcpy(line->features[line->nr_features++], feature,
	       strlen(feature) + 1);
	return true;
}

bool table_line_set(struct table_line *line, const char *setting)
{
	const char *equals = strchr(setting, '=');
	char key[TABLE_LINE_WORD_BYTES];
	unsigned int i;

	if (!equals || equals - setting >= TABLE_LINE_WORD_BYTES)
		return false;
	memcpy(key, setting, equals - setting);
	key[equals - setting] = '\0';
	if (!is_word(key) || !is_word(equals + 1))
		return false;
	for (i = 0; i < line->nr_settings; i++)
		if (!strcmp(line->settings[i].key, key))
			break;
	if (i == TABLE_LINE_MAX_SETTINGS)
		return false;
	memcpy(line->settings[i].key, key, sizeof(key));
	memcpy(line->settings[i].value, equals + 1, strlen(equals));
	if (i == line->nr_settings)
		line->nr_settings++;
	return true;
}
