/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Small scenarios, walked through: the power fails at every event, and leaves
 * every possible state; every I/O fails, once and for ever; every allocation
 * fails.
 */
#ifndef CAMPAIGN_SCRIPT_H
#define CAMPAIGN_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct script_options - what to do with the scenarios
 * @names: names of scenarios separated by commas, or "all"
 * @mode: "states", "io", "memory", "driver" or "all"
 * @samples: states visited of those that are too many
 * @first: the first failure ends it
 */
struct script_options {
	const char *names;
	const char *mode;
	uint64_t samples;
	bool first;
};

/**
 * script_run() - walk through scenarios; "ok" or "not ok" for each
 *
 * Return: 0 or -1.
 */
int script_run(const struct script_options *options);

#endif /* CAMPAIGN_SCRIPT_H */
