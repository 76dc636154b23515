// SPDX-License-Identifier: GPL-2.0-only
/*
 * A verification reads what may have changed since the last settled state, in
 * whole blocks of the device under test (the neighbours of a written sector
 * are what a wrong copy-on-write damages), and samples of the rest.
 *
 * I-VER-1: every block of a changed granule is read once; with "all", every
 * block of the device.
 */
#include <string.h>

#include "stress-verify.h"

/* Large reads, a few at a time: sequential reading gains nothing from more. */
#define VERIFY_READ_BYTES	(256 * 1024)
#define VERIFY_DEPTH		16
/* A sample: this many blocks of the device under test. */
#define SAMPLE_UNITS		4

void verify_init(struct verify_source *source,
		 const struct stress_options *options, bool all,
		 const struct oracle *oracle)
{
	const struct stress_settings *settings = &options->settings;

	memset(source, 0, sizeof(*source));
	source->oracle = oracle;
	source->all = all || options->verify == STRESS_VERIFY_ALL;
	source->samples_left = source->all ? 0 : options->samples;
	/* Other samples each time, and the same if the run is repeated. */
	source->random.state = random_mix(settings->seed) ^
			       oracle_clock(oracle).now;
	source->max_blocks = max_u64(1, VERIFY_READ_BYTES /
				     settings->block_bytes);
	source->depth = (u32)min_u64(settings->depth, VERIFY_DEPTH);
}

static bool wanted(const struct verify_source *source, u64 block)
{
	return source->all || oracle_changed(source->oracle, block);
}

static void make_read(const struct verify_source *source,
		      struct stress_request *request, u64 first, u64 count)
{
	memset(request, 0, sizeof(*request));
	request->op = STRESS_READ;
	request->depth = source->depth;
	request->first = first;
	request->count = (u32)count;
}

static bool next_sample(struct verify_source *source,
			struct stress_request *request)
{
	const struct oracle_config *config = oracle_config(source->oracle);
	u64 count = (u64)SAMPLE_UNITS * config->granule_blocks;

	if (!source->samples_left)
		return false;
	source->samples_left--;
	count = min_u64(min_u64(count, source->max_blocks), config->blocks);
	make_read(source, request,
		  random_below(&source->random, config->blocks - count + 1),
		  count);
	return true;
}

bool verify_next(void *context, struct stress_request *request)
{
	struct verify_source *source = context;
	u64 first, end, blocks = oracle_config(source->oracle)->blocks;

	for (first = source->next; first < blocks; first++)
		if (wanted(source, first))
			break;
	if (first >= blocks) {
		source->next = blocks;
		return next_sample(source, request);
	}
	end = first + 1;
	while (end < blocks && end - first < source->max_blocks &&
	       wanted(source, end))
		end++;
	source->next = end;
	make_read(source, request, first, end - first);
	return true;
}
