/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A set of request indices as text: "0-99,104,200-". Pure.
 */
#ifndef STRESS_KEEP_H
#define STRESS_KEEP_H

#include "stress-types.h"

/** struct stress_range - indices @first to @last, both included */
struct stress_range {
	u64 first;
	u64 last;
};

/**
 * struct stress_keep - ascending, not touching ranges; none means everything
 * @ranges: owned; to be given to keep_free()
 * @count: how many
 */
struct stress_keep {
	struct stress_range *ranges;
	u32 count;
};

/**
 * keep_parse() - read a list of ranges
 * @keep: the answer; what it held before is freed
 * @text: numbers and ranges in ascending order, separated by commas
 *
 * Return: 0, -EINVAL if @text is not such a list, -ENOMEM.
 */
int __must_check keep_parse(struct stress_keep *keep, const char *text);

/** keep_free() - free the ranges; @keep is empty afterwards */
void keep_free(struct stress_keep *keep);

/** keep_has() - is @index to be sent? */
bool keep_has(const struct stress_keep *keep, u64 index);

/**
 * keep_text() - write the list as text
 *
 * Return: a string to be freed; NULL without memory. "" for everything.
 */
char *keep_text(const struct stress_keep *keep);

/**
 * keep_from_flags() - the set of all indices whose flag is true
 * @keep: the answer; what it held before is freed
 * @flags: one for each index
 * @count: how many flags
 *
 * Return: 0 or -ENOMEM.
 */
int __must_check keep_from_flags(struct stress_keep *keep, const bool *flags,
				 u64 count);

#endif /* STRESS_KEEP_H */
