/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the user asked for: the settings, which are saved with the state, and
 * the rest of the command line.
 */
#ifndef STRESS_OPTIONS_H
#define STRESS_OPTIONS_H

#include "stress-keep.h"
#include "stress-oracle.h"
#include "stress-workload.h"

/* Exit statuses, documented in fvd-stress(8). */
#define EXIT_MISMATCH	1
#define EXIT_USAGE	2
#define EXIT_IO		3

/**
 * struct stress_settings - what a run depends on; saved in the state file
 * @seed: random seed
 * @device_bytes: how much of the device is used
 * @base_bytes: size of the base image; 0 without one
 * @base_tag: tag of its content
 * @block_bytes: logical block size: the unit of the oracle
 * @unit_bytes: block size of the device under test
 * @chunk_bytes: its chunk size
 * @max_io_bytes: greatest read or write
 * @depth: greatest number of requests in flight
 * @weights: relative frequency of the operations
 * @profile: enum stress_profile
 * @discard: enum oracle_discard
 * @initial_any: nothing is known about the content found
 * @write_through: acknowledged is durable
 * @mixed_overlap: concurrent requests may mix within a logical block
 * @round: round of this run
 */
struct stress_settings {
	u64 seed;
	u64 device_bytes;
	u64 base_bytes;
	u64 base_tag;
	u32 block_bytes;
	u32 unit_bytes;
	u32 chunk_bytes;
	u32 max_io_bytes;
	u32 depth;
	u32 weights[STRESS_OPS];
	u32 profile;
	u32 discard;
	u32 initial_any;
	u32 write_through;
	u32 mixed_overlap;
	u32 round;
	u32 padding;
};

/** enum stress_mode - what to do */
enum stress_mode {
	STRESS_RUN,
	STRESS_MAKE_BASE,
	STRESS_FILL_STALE,
	STRESS_FILL_ZERO,
	STRESS_VERIFY_ONLY,
	STRESS_COMPARE,
	STRESS_MINIMIZE,
};

/** enum stress_verify - how much of the device is read in a verification */
enum stress_verify {
	STRESS_VERIFY_CHANGED,
	STRESS_VERIFY_ALL,
	STRESS_VERIFY_NONE,
};

/**
 * struct stress_options - the command line
 * @mode: what to do
 * @settings: what the run depends on
 * @given: bits of enum stress_given: settings given by the user
 * @device: path of the device or file
 * @other: path of the other device, for STRESS_COMPARE
 * @state: path of the state file to keep, or NULL
 * @resume: @state exists and is to be continued
 * @clean: the device was not cut off since the state was saved
 * @narrow: a verify-only run saves what it learned
 * @json: path of the report, or NULL
 * @requests: number of requests; 0 for none
 * @seconds: time limit; 0 for none
 * @verify: how much to verify
 * @verify_every: verify after each so many requests; 0 only at the end
 * @samples: ranges verified beside those that changed
 * @stop_after: end after so many mismatches
 * @timeout_seconds: no completion for so long is a hang
 * @memory_bytes: limit for the buffers of requests in flight
 * @expect_errors: failed requests are no surprise
 * @power_cut: the first failed request is a power cut
 * @buffered: do not use O_DIRECT
 * @shared: do not insist on exclusive use of a block device
 * @quiet: print the seed and problems only
 * @keep: the requests to send, by index; empty for all
 * @reset_command: makes the device anew, for STRESS_MINIMIZE
 * @test_command: runs instead of fvd-stress itself, for STRESS_MINIMIZE
 * @tries: how often a smaller workload may pass before it counts as passed
 */
struct stress_options {
	enum stress_mode mode;
	struct stress_settings settings;
	u32 given;
	const char *device;
	const char *other;
	const char *state;
	bool resume;
	bool clean;
	bool narrow;
	const char *json;
	u64 requests;
	u64 seconds;
	enum stress_verify verify;
	u64 verify_every;
	u64 samples;
	u64 stop_after;
	u64 timeout_seconds;
	u64 memory_bytes;
	bool expect_errors;
	bool power_cut;
	bool buffered;
	bool shared;
	bool quiet;
	struct stress_keep keep;
	const char *reset_command;
	const char *test_command;
	u64 tries;
};

/** enum stress_given - which settings the user gave */
enum stress_given {
	GIVEN_SEED = 1 << 0,
	GIVEN_SIZE = 1 << 1,
	GIVEN_BLOCK_BYTES = 1 << 2,
	GIVEN_DEPTH = 1 << 3,
	GIVEN_ROUND = 1 << 4,
	GIVEN_REQUESTS = 1 << 5,
	GIVEN_MAX_IO = 1 << 6,
};

/**
 * options_defaults() - fill in what holds if nothing is said
 *
 * The seed, the size and the logical block size stay 0: they come from the
 * clock and from the device.
 */
void options_defaults(struct stress_options *options);

/**
 * options_parse() - read the command line over what is in @options
 *
 * May be called again on a copy with other settings below (those of a state
 * file). Complains on stderr.
 *
 * Return: 0; -EINVAL; or 1 if a help text was asked for and printed.
 */
int __must_check options_parse(struct stress_options *options, int argc,
			       char **argv);

/**
 * options_check() - complete @options once the device is known
 * @options: the options
 * @device_bytes: size of the device
 * @device_block_bytes: its logical block size
 *
 * Complains on stderr. Return: 0 or -EINVAL.
 */
int __must_check options_check(struct stress_options *options,
			       u64 device_bytes, u32 device_block_bytes);

/**
 * options_print_command() - the command line that repeats this run
 * @file: where to
 * @options: complete options
 * @requests: how many requests it takes
 */
void options_print_command(FILE *file, const struct stress_options *options,
			   u64 requests);

/** options_workload() - the workload of these options */
struct workload_config options_workload(const struct stress_options *options);

/** options_oracle() - the oracle of these settings */
struct oracle_config options_oracle(const struct stress_settings *settings);

#endif /* STRESS_OPTIONS_H */
