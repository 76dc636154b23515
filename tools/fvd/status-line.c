// SPDX-License-Identifier: GPL-2.0-only
/*
 * The target's status line. Keys are not known here; new ones pass through.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "status-line.h"

static bool next_word(const char **text, char word[STATUS_LINE_WORD_BYTES])
{
	size_t nr;

	*text += strspn(*text, " ");
	nr = strcspn(*text, " ");
	if (!nr || nr >= STATUS_LINE_WORD_BYTES)
		return false;
	memcpy(word, *text, nr);
	word[nr] = '\0';
	*text += nr;
	return true;
}

static bool next_number(const char **text, char end, uint64_t *number)
{
	char *rest;

	*text += strspn(*text, " ");
	if (!isdigit((unsigned char)**text))
		return false;
	*number = strtoull(*text, &rest, 10);
	if (*rest != end)
		return false;
	*text = rest + 1;
	return true;
}

static bool next_fraction(const char **text, uint64_t *part, uint64_t *whole)
{
	return next_number(text, '/', part) && next_number(text, ' ', whole);
}

bool status_line_parse(struct status_line *status, const char *text)
{
	uint64_t nr;
	unsigned int i;

	memset(status, 0, sizeof(*status));
	if (!strcmp(text, "Fail")) {
		memcpy(status->mode, "fail", 5);
		return true;
	}
	if (!next_fraction(&text, &status->local_base_blocks,
			   &status->base_blocks) ||
	    !next_fraction(&text, &status->used_chunks, &status->chunks) ||
	    !next_fraction(&text, &status->used_journal_blocks,
			   &status->journal_blocks) ||
	    !next_number(&text, ' ', &nr))
		return false;
	if (nr % 2 || nr / 2 > STATUS_LINE_MAX_PAIRS)
		return false;
	for (i = 0; i < nr / 2; i++)
		if (!next_word(&text, status->pairs[i].key) ||
		    !next_word(&text, status->pairs[i].value))
			return false;
	status->nr_pairs = nr / 2;
	/* What a later version appends behind the mode is not for us. */
	return next_word(&text, status->mode);
}

const char *status_line_value(const struct status_line *status, const char *key)
{
	unsigned int i;

	for (i = 0; i < status->nr_pairs; i++)
		if (!strcmp(status->pairs[i].key, key))
			return status->pairs[i].value;
	return NULL;
}
