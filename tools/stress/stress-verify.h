/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which blocks a verification reads: a source for the engine. Pure.
 */
#ifndef STRESS_VERIFY_H
#define STRESS_VERIFY_H

#include "stress-options.h"
#include "stress-oracle.h"
#include "stress-random.h"

/**
 * struct verify_source - a pass over the device
 * @oracle: knows what has changed
 * @random: where the samples are
 * @all: read everything
 * @next: next block to look at
 * @samples_left: ranges still to be read at random places
 * @max_blocks: of one read
 * @depth: reads in flight
 */
struct verify_source {
	const struct oracle *oracle;
	struct stress_random random;
	bool all;
	u64 next;
	u64 samples_left;
	u64 max_blocks;
	u32 depth;
};

/**
 * verify_init() - start a pass
 * @source: the pass
 * @options: how much, how many samples
 * @all: everything, whatever @options say
 * @oracle: what has changed; must outlive the pass
 */
void verify_init(struct verify_source *source,
		 const struct stress_options *options, bool all,
		 const struct oracle *oracle);

/** verify_next() - the next read; an engine_source. @context: the pass. */
bool verify_next(void *context, struct stress_request *request);

#endif /* STRESS_VERIFY_H */
