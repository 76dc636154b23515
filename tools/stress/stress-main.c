// SPDX-License-Identifier: GPL-2.0-only
/*
 * fvd-stress: the order of things.
 *
 * A run on a state file: load the state, make of it what a power cut leaves,
 * verify the device against that, settle, save; play a round, logging; verify.
 * The state file is replaced only after the verification went well, so that a
 * failure, or another power cut, can be verified again from the same state.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fvd-stdio.h"
#include "stress-device.h"
#include "stress-engine.h"
#include "stress-minimize.h"
#include "stress-options.h"
#include "stress-report.h"
#include "stress-state.h"
#include "stress-verify.h"

struct run {
	struct stress_options options;
	struct stress_device device;
	struct oracle *oracle;
	struct stress_engine *engine;
	struct state_log *log;
	struct stress_report *report;
	u64 deadline_ns;
};

static void on_signal(int number)
{
	(void)number;
	engine_stop();
}

static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static u64 fresh_seed(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	/* Short enough to be typed. */
	return random_mix((u64)now.tv_sec * 1000000007 + (u64)now.tv_nsec +
			  (u64)getpid()) >> 32;
}

/* The workload, cut to its length and to what is kept. */
struct play {
	struct run *run;
	struct workload workload;
	u64 left;		/* until the next verification */
};

static bool play_next(void *context, struct stress_request *request)
{
	struct play *play = context;
	struct stress_report *report = play->run->report;
	const struct stress_options *options = &play->run->options;

	while (play->left && report->generated < options->requests) {
		workload_next(&play->workload, request);
		play->left--;
		if (keep_has(&options->keep, report->generated++))
			return true;
	}
	return false;
}

static enum engine_end verify(struct run *run, bool all)
{
	struct verify_source source;

	if (!all && run->options.verify == STRESS_VERIFY_NONE)
		return ENGINE_DONE;
	verify_init(&source, &run->options, all, run->oracle);
	return engine_run(run->engine, verify_next, &source, 0);
}

/* Start a new state file from what the oracle knows now. */
static int save_state(struct run *run)
{
	int error;

	if (!run->options.state)
		return 0;
	engine_set_log(run->engine, NULL);
	error = state_close(run->log);
	run->log = NULL;
	if (!error)
		error = state_create(run->options.state,
				     &run->options.settings, run->oracle,
				     &run->log);
	if (!error)
		engine_set_log(run->engine, run->log);
	return error;
}

/* After a load: what may be on the device now? Is it? */
static enum engine_end recover(struct run *run)
{
	enum engine_end end;

	if (run->options.clean)
		oracle_abandon(run->oracle);
	else
		oracle_power_cut(run->oracle);
	end = verify(run, run->options.mode == STRESS_VERIFY_ONLY);
	if (end == ENGINE_DONE && !run->options.clean &&
	    run->options.verify != STRESS_VERIFY_NONE &&
	    !run->report->unverified_blocks)
		oracle_settle(run->oracle);
	return end;
}

static enum engine_end play(struct run *run)
{
	struct workload_config config = options_workload(&run->options);
	struct play play = { .run = run };
	enum engine_end end;

	workload_init(&play.workload, &config);
	do {
		play.left = run->options.verify_every;
		if (!play.left)
			play.left = run->options.requests;
		end = engine_run(run->engine, play_next, &play,
				 run->deadline_ns);
		if (end > ENGINE_STOPPED)
			return end;
		if (verify(run, false) > ENGINE_STOPPED)
			return ENGINE_ERROR;
		if (save_state(run))
			run->report->io_errors++;
	} while (end == ENGINE_DONE && !run->report->io_errors &&
		 run->report->generated < run->options.requests);
	return end;
}

static void run_all(struct run *run)
{
	const struct stress_options *options = &run->options;
	enum engine_end end = ENGINE_DONE;

	if (options->resume)
		end = recover(run);
	else if (options->mode == STRESS_VERIFY_ONLY)
		end = verify(run, true);
	if (end != ENGINE_DONE)
		return;
	if (options->mode == STRESS_VERIFY_ONLY && !options->narrow)
		return;
	if (save_state(run)) {
		run->report->io_errors++;
		return;
	}
	if (options->mode == STRESS_RUN && options->requests)
		play(run);
}

static int make_oracle(struct run *run)
{
	struct oracle_config config = options_oracle(&run->options.settings);

	if (run->options.resume)
		return state_load(run->options.state, &run->oracle,
				  &run->report->history);
	run->oracle = oracle_create(&config);
	return run->oracle ? 0 : -ENOMEM;
}

static int finish_run(struct run *run)
{
	int status;

	if (!run->report->hangs && state_close(run->log))
		run->report->io_errors++;
	report_summary(run->report);
	status = report_status(run->report);
	if (run->options.json && report_json(run->report, run->options.json) &&
	    !status)
		status = EXIT_IO;
	fflush(stdout);
	/* With requests in flight that never end, nothing can be freed. */
	if (run->report->hangs)
		_exit(status);
	return status;
}

static int run_oracle(struct run *run)
{
	struct engine_parts parts = {
		.options = &run->options,
		.device = &run->device,
	};
	int status = EXIT_IO;

	run->report = calloc(1, sizeof(*run->report));
	if (!run->report)
		return EXIT_IO;
	run->report->options = &run->options;
	if (make_oracle(run))
		goto out;
	parts.oracle = run->oracle;
	parts.report = run->report;
	run->engine = engine_create(&parts);
	if (!run->engine)
		goto out;
	if (run->options.seconds)
		run->deadline_ns = engine_clock_ns() +
				   run->options.seconds * 1000000000ULL;
	catch_signals();
	run_all(run);
	status = finish_run(run);
out:
	engine_destroy(run->engine);
	oracle_destroy(run->oracle);
	free(run->report);
	return status;
}

static int compare_with(struct run *run, struct stress_device *other)
{
	u64 differing;

	if (!(run->options.given & GIVEN_SIZE) &&
	    run->device.bytes != other->bytes) {
		printf("FAILED: one has %llu bytes, the other %llu; see --size\n",
		       run->device.bytes, other->bytes);
		return EXIT_MISMATCH;
	}
	if (device_compare(&run->device, other, &run->options, &differing))
		return EXIT_IO;
	if (differing)
		printf("FAILED: %llu sectors differ\n", differing);
	else if (!run->options.quiet)
		printf("ok: no difference\n");
	return differing ? EXIT_MISMATCH : 0;
}

static int run_compare(struct run *run)
{
	struct stress_device other;
	int status;

	if (device_open(&other, run->options.other, &run->options, false))
		return EXIT_IO;
	status = compare_with(run, &other);
	device_close(&other);
	return status;
}

static int run_mode(struct run *run)
{
	switch (run->options.mode) {
	case STRESS_MAKE_BASE:
	case STRESS_FILL_STALE:
	case STRESS_FILL_ZERO:
		return device_fill(&run->device, &run->options) ? EXIT_IO : 0;
	case STRESS_COMPARE:
		return run_compare(run);
	default:
		return run_oracle(run);
	}
}

/* What can not change between the rounds of one state. */
static int check_same(const struct stress_settings *given,
		      const struct stress_settings *saved)
{
	if (given->seed == saved->seed &&
	    given->device_bytes == saved->device_bytes &&
	    given->block_bytes == saved->block_bytes &&
	    given->base_bytes == saved->base_bytes &&
	    given->base_tag == saved->base_tag &&
	    given->initial_any == saved->initial_any)
		return 0;
	complain("seed, size, logical block size, base and initial content are those of the state");
	return -EINVAL;
}

static int parse(struct stress_options *options, int argc, char **argv)
{
	struct stress_settings saved;
	int error;

	options_defaults(options);
	error = options_parse(options, argc, argv);
	if (error || !options->resume)
		return error;
	error = state_read_settings(options->state, &saved);
	if (error)
		return error;
	keep_free(&options->keep);
	options_defaults(options);
	options->settings = saved;
	if (options->settings.round < STRESS_ROUND_MAX)
		options->settings.round++;
	error = options_parse(options, argc, argv);
	return error ? error : check_same(&options->settings, &saved);
}

static bool is_writing(enum stress_mode mode)
{
	return mode != STRESS_VERIFY_ONLY && mode != STRESS_COMPARE &&
	       mode != STRESS_MINIMIZE;
}

static int run_command(int argc, char **argv)
{
	struct run *run = calloc(1, sizeof(*run));
	struct stress_options *options;
	int error, status = EXIT_USAGE;

	if (!run)
		return EXIT_IO;
	options = &run->options;
	error = parse(options, argc, argv);
	if (error) {
		status = error == 1 ? 0 : EXIT_USAGE;
		goto out;
	}
	if (!(options->given & GIVEN_SEED) && !options->resume)
		options->settings.seed = fresh_seed();
	printf("fvd-stress: seed %llu, round %u\n", options->settings.seed,
	       options->settings.round);
	fflush(stdout);
	status = EXIT_IO;
	if (device_open(&run->device, options->device, options,
			is_writing(options->mode)))
		goto out;
	status = EXIT_USAGE;
	error = options_check(options, run->device.bytes,
			      run->device.block_bytes);
	if (!error && options->mode == STRESS_MINIMIZE) {
		/* The reset command wants the device for itself. */
		device_close(&run->device);
		status = minimize_run(options);
		goto out;
	}
	if (!error)
		status = device_lengthen(&run->device) ? EXIT_IO : run_mode(run);
	device_close(&run->device);
out:
	keep_free(&options->keep);
	free(run);
	return status;
}

int main(int argc, char **argv)
{
	fvd_stdio_reserve();
	return fvd_stdio_end("fvd-stress", run_command(argc, argv), EXIT_IO);
}
