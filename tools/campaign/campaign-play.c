// SPDX-License-Identifier: GPL-2.0-only
/*
 * Left out on purpose: the state file. The oracle lives as long as the guest.
 */
#include <stdlib.h>
#include <string.h>

#include "campaign-play.h"
#include "campaign-stack.h"
#include "stress-verify.h"

/* Of a quiet machine; under time travel it costs nothing to wait. */
#define HANG_SECONDS	60

int play_begin(struct campaign_play *play,
	       const struct campaign_config *config)
{
	struct stress_options *options = &play->options;
	struct oracle_config oracle;

	options_defaults(options);
	options->settings.seed = config->seed;
	options->settings.device_bytes = config->disk_bytes;
	options->settings.base_bytes = config->base_bytes;
	options->settings.base_tag = BASE_TAG;
	options->settings.block_bytes = config->sector_bytes;
	options->settings.unit_bytes = config->block_bytes;
	options->settings.chunk_bytes = config->chunk_bytes;
	options->settings.max_io_bytes = 128 * 1024;
	options->settings.depth = config->depth;
	options->settings.profile = config->profile;
	options->settings.round = 0;
	options->timeout_seconds = HANG_SECONDS;
	options->quiet = true;
	options->samples = 8;
	options->device = DISK_PATH;
	oracle = options_oracle(&options->settings);
	play->oracle = oracle_create(&oracle);
	if (!play->report)
		play->report = malloc(sizeof(*play->report));
	if (!play->oracle || !play->report)
		return -1;
	memset(play->report, 0, sizeof(*play->report));
	play->report->options = options;
	return 0;
}

void play_end(struct campaign_play *play)
{
	oracle_destroy(play->oracle);
	play->oracle = NULL;
}

static void reset_report(struct stress_report *report)
{
	memset(report->ops, 0, sizeof(report->ops));
	report->generated = 0;
	report->unverified_blocks = 0;
	report->mismatches = 0;
	report->io_errors = 0;
	report->hangs = 0;
	report->power_cut = false;
	report->cut_index = 0;
}

/* The workload, cut to its length. */
struct source {
	struct workload workload;
	struct stress_report *report;
	uint64_t left;
};

static bool source_next(void *context, struct stress_request *request)
{
	struct source *source = context;

	if (!source->left)
		return false;
	source->left--;
	source->report->generated++;
	workload_next(&source->workload, request);
	return true;
}

int play_source(struct campaign_play *play, engine_source next, void *context,
		enum play_faults faults)
{
	struct engine_parts parts = {
		.options = &play->options,
		.oracle = play->oracle,
		.report = play->report,
	};
	struct stress_engine *engine;
	struct stress_device device;
	enum engine_end end;

	play->options.power_cut = faults == PLAY_CUT;
	play->options.expect_errors = faults == PLAY_ERRORS;
	reset_report(play->report);
	if (device_open(&device, DISK_PATH, &play->options,
			next != verify_next))
		return -1;
	parts.device = &device;
	engine = engine_create(&parts);
	if (!engine) {
		device_close(&device);
		return -1;
	}
	end = engine_run(engine, next, context, 0);
	if (play->report->hangs)
		return -1; /* with requests in flight nothing can be freed */
	engine_destroy(engine);
	device_close(&device);
	return end == ENGINE_MISMATCH || end == ENGINE_ERROR ? -1 : 0;
}

int play_run(struct campaign_play *play, uint64_t requests,
	     enum play_faults faults)
{
	struct workload_config config;
	struct source source = {
		.report = play->report,
		.left = requests,
	};

	play->options.settings.round++;
	play->options.requests = requests;
	config = options_workload(&play->options);
	workload_init(&source.workload, &config);
	return play_source(play, source_next, &source, faults);
}

int play_verify(struct campaign_play *play, bool all, enum play_faults faults)
{
	struct verify_source source;

	verify_init(&source, &play->options, all, play->oracle);
	return play_source(play, verify_next, &source, faults);
}

void play_all_durable(struct campaign_play *play)
{
	oracle_flush_end(play->oracle, oracle_flush_begin(play->oracle));
}
