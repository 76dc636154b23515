// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sets of request indices: which part of a workload to send.
 *
 * I-KEP-1: ranges ascend and have a gap between them, so that a lookup is a
 * binary search.
 * I-KEP-2: keep_parse() of keep_text() gives the same set.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stress-keep.h"

/* Longest text of one range: two numbers, a dash, a comma. */
#define RANGE_TEXT	44

static int append(struct stress_keep *keep, u64 first, u64 last)
{
	struct stress_range *ranges;

	if (keep->count && first <= keep->ranges[keep->count - 1].last)
		return -EINVAL;
	if (keep->count && first == keep->ranges[keep->count - 1].last + 1) {
		keep->ranges[keep->count - 1].last = last;
		return 0;
	}
	/* Grown at each power of two. */
	if (!(keep->count & (keep->count - 1))) {
		ranges = realloc(keep->ranges, (2 * keep->count + 1) *
				 sizeof(*ranges));
		if (!ranges)
			return -ENOMEM;
		keep->ranges = ranges;
	}
	keep->ranges[keep->count].first = first;
	keep->ranges[keep->count++].last = last;
	return 0;
}

static int parse_number(const char **text, u64 *number)
{
	char *end;

	if (**text < '0' || **text > '9')
		return -EINVAL;
	errno = 0;
	*number = strtoull(*text, &end, 10);
	*text = end;
	return errno ? -EINVAL : 0;
}

int keep_parse(struct stress_keep *keep, const char *text)
{
	u64 first, last;
	int error;

	keep_free(keep);
	for (;;) {
		error = parse_number(&text, &first);
		if (error)
			break;
		last = first;
		if (*text == '-') {
			text++;
			last = ~0ULL - 1;
			if (*text && *text != ',')
				error = parse_number(&text, &last);
		}
		if (error || last < first || (*text && *text != ',')) {
			error = -EINVAL;
			break;
		}
		error = append(keep, first, last);
		if (error || !*text++)
			break;
	}
	if (error)
		keep_free(keep);
	return error;
}

void keep_free(struct stress_keep *keep)
{
	free(keep->ranges);
	keep->ranges = NULL;
	keep->count = 0;
}

bool keep_has(const struct stress_keep *keep, u64 index)
{
	u32 low = 0, high = keep->count, middle;

	if (!keep->count)
		return true;
	while (low < high) {
		middle = (low + high) / 2;
		if (index > keep->ranges[middle].last)
			low = middle + 1;
		else
			high = middle;
	}
	return low < keep->count && index >= keep->ranges[low].first;
}

char *keep_text(const struct stress_keep *keep)
{
	char *text = malloc((size_t)keep->count * RANGE_TEXT + 1);
	char *at = text;
	u32 i;

	if (!text)
		return NULL;
	*at = '\0';
	for (i = 0; i < keep->count; i++) {
		const struct stress_range *range = &keep->ranges[i];

		at += sprintf(at, "%s%llu", i ? "," : "", range->first);
		if (range->last >= ~0ULL - 1)
			at += sprintf(at, "-");
		else if (range->last > range->first)
			at += sprintf(at, "-%llu", range->last);
	}
	return text;
}

int keep_from_flags(struct stress_keep *keep, const bool *flags, u64 count)
{
	int error;
	u64 i;

	keep_free(keep);
	for (i = 0; i < count; i++) {
		if (!flags[i])
			continue;
		error = append(keep, i, i);
		if (error)
			return error;
	}
	return 0;
}
