/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The target's status line.
 *
 * <local base blocks>/<base blocks> <used chunks>/<chunks>
 * <journal blocks used>/<journal blocks> <#args> [<key> <value>]... <mode>
 */
#ifndef STATUS_LINE_H
#define STATUS_LINE_H

#include <stdbool.h>
#include <stdint.h>

#define STATUS_LINE_MAX_PAIRS	128
#define STATUS_LINE_WORD_BYTES	64

struct status_pair {
	char key[STATUS_LINE_WORD_BYTES];
	char value[STATUS_LINE_WORD_BYTES];
};

/**
 * struct status_line - its words.
 * @mode: "rw", "ro", "fail"; for the single word "Fail" too, and then all
 *	numbers are 0
 */
struct status_line {
	uint64_t local_base_blocks;
	uint64_t base_blocks;
	uint64_t used_chunks;
	uint64_t chunks;
	uint64_t used_journal_blocks;
	uint64_t journal_blocks;
	struct status_pair pairs[STATUS_LINE_MAX_PAIRS];
	unsigned int nr_pairs;
	char mode[STATUS_LINE_WORD_BYTES];
};

/** status_line_parse() - false if it is not understood. */
bool status_line_parse(struct status_line *status, const char *text);

/** status_line_value() - the value of a key, or NULL. */
const char *status_line_value(const struct status_line *status,
			      const char *key);

#endif /* STATUS_LINE_H */
