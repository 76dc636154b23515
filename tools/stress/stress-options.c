// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command line: a table of options, one function for each kind of value.
 *
 * I-OPT-1: options_print_command() prints a command that options_parse() reads
 * back to the same settings.
 *
 * Left out on purpose: a configuration file. The state file carries the
 * settings, and a campaign has a driver.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "stress-options.h"

#define KIB			1024ULL
#define MIB			(1024 * KIB)
#define DEPTH_MAX		1000
#define DEFAULT_REQUESTS	10000
#define DEFAULT_UNIT_BYTES	4096
#define DEFAULT_CHUNK_BYTES	(1 * MIB)
#define DEFAULT_MAX_IO_BYTES	(256 * KIB)
#define MAX_IO_LIMIT		(16 * MIB)
#define BLOCK_BYTES_MAX		65536

enum option_kind {
	KIND_FLAG,		/* bool, true if present */
	KIND_FLAG32,		/* u32, 1 if present */
	KIND_NUMBER,		/* u64 */
	KIND_NUMBER32,		/* u32 */
	KIND_BYTES,		/* u64 with K, M, G */
	KIND_BYTES32,		/* u32 with K, M, G */
	KIND_TEXT,		/* const char * */
	KIND_MODE,		/* a mode, no argument */
	KIND_COMPARE,
	KIND_PROFILE,
	KIND_DISCARD,
	KIND_INITIAL,
	KIND_VERIFY,
	KIND_OPS,
	KIND_KEEP,
	KIND_RESUME,
	KIND_HELP,
};

struct option_rule {
	const char *name;
	enum option_kind kind;
	size_t offset;		/* in struct stress_options */
	u32 given;		/* enum stress_given, or the mode */
	const char *help;	/* value, then text */
};

#define AT(field)	offsetof(struct stress_options, field)

static const struct option_rule rules[] = {
	{ "seed", KIND_NUMBER, AT(settings.seed), GIVEN_SEED,
	  "N  random seed; default from the clock" },
	{ "requests", KIND_NUMBER, AT(requests), GIVEN_REQUESTS,
	  "N  end after N requests; default 10000 if no --seconds" },
	{ "seconds", KIND_NUMBER, AT(seconds), 0, "N  end after N seconds" },
	{ "depth", KIND_NUMBER32, AT(settings.depth), GIVEN_DEPTH,
	  "N  up to N requests in flight, 1 to 1000; default 64" },
	{ "profile", KIND_PROFILE, 0, 0,
	  "NAME  uniform, database, stream or boot" },
	{ "ops", KIND_OPS, 0, 0,
	  "LIST  weights: read=40,write=40,flush=4,fua=4,discard=4,zero=4" },
	{ "max-io", KIND_BYTES32, AT(settings.max_io_bytes), GIVEN_MAX_IO,
	  "BYTES  greatest read or write; default 256K" },
	{ "block-size", KIND_BYTES32, AT(settings.unit_bytes), 0,
	  "BYTES  block size of the device under test; default 4K" },
	{ "chunk-size", KIND_BYTES32, AT(settings.chunk_bytes), 0,
	  "BYTES  chunk size of the device under test; default 1M" },
	{ "base-size", KIND_BYTES, AT(settings.base_bytes), 0,
	  "BYTES  where base content ends; default 0: no base" },
	{ "base-tag", KIND_NUMBER, AT(settings.base_tag), 0,
	  "N  tag of the base content (or stale content); default 1" },
	{ "size", KIND_BYTES, AT(settings.device_bytes), GIVEN_SIZE,
	  "BYTES  use only the beginning of the device" },
	{ "logical-block-size", KIND_BYTES32, AT(settings.block_bytes),
	  GIVEN_BLOCK_BYTES, "BYTES  default: the device's" },
	{ "initial", KIND_INITIAL, 0, 0,
	  "base|any  what never written blocks hold; default base" },
	{ "discard", KIND_DISCARD, 0, 0,
	  "old-or-zero|zero|base|any|ignore  contract of discards" },
	{ "write-through", KIND_FLAG32, AT(settings.write_through), 0,
	  "acknowledged is durable" },
	{ "mixed-overlap", KIND_FLAG32, AT(settings.mixed_overlap), 0,
	  "concurrent requests may mix within one logical block" },
	{ "state", KIND_TEXT, AT(state), 0,
	  "FILE  keep the state there; replaced if it exists" },
	{ "resume", KIND_RESUME, AT(state), 0,
	  "FILE  verify what the state allows, then go on with the next round" },
	{ "clean", KIND_FLAG, AT(clean), 0,
	  "with --resume: the power was not cut" },
	{ "verify-only", KIND_MODE, 0, STRESS_VERIFY_ONLY,
	  "verify the whole device, write nothing" },
	{ "narrow", KIND_FLAG, AT(narrow), 0,
	  "with --verify-only: save what was learned" },
	{ "compare", KIND_COMPARE, AT(other), 0,
	  "OTHER  compare with another device, byte by byte" },
	{ "verify", KIND_VERIFY, 0, 0,
	  "changed|all|none  what to read at the end, and when resuming" },
	{ "verify-every", KIND_NUMBER, AT(verify_every), 0,
	  "N  verify after each N requests, too" },
	{ "samples", KIND_NUMBER, AT(samples), 0,
	  "N  ranges read beside those that changed; default 16" },
	{ "expect-errors", KIND_FLAG, AT(expect_errors), 0,
	  "failed requests are no surprise" },
	{ "power-cut", KIND_FLAG, AT(power_cut), 0,
	  "the first failed request is a power cut: stop, keep the state" },
	{ "stop-after-errors", KIND_NUMBER, AT(stop_after), 0,
	  "N  end after N mismatches; default 1" },
	{ "timeout", KIND_NUMBER, AT(timeout_seconds), 0,
	  "SECONDS  no completion for so long is a hang; default 120" },
	{ "memory", KIND_BYTES, AT(memory_bytes), 0,
	  "BYTES  limit for buffers; default 64M" },
	{ "buffered", KIND_FLAG, AT(buffered), 0, "without O_DIRECT" },
	{ "shared", KIND_FLAG, AT(shared), 0,
	  "a block device need not be unused" },
	{ "json", KIND_TEXT, AT(json), 0, "FILE  write a report" },
	{ "quiet", KIND_FLAG, AT(quiet), 0, "print the seed and problems only" },
	{ "round", KIND_NUMBER32, AT(settings.round), GIVEN_ROUND,
	  "N  the round to play; default 1, or the next of the state" },
	{ "keep", KIND_KEEP, 0, 0,
	  "LIST  send only these requests of the sequence, as 0-9,12" },
	{ "make-base", KIND_MODE, 0, STRESS_MAKE_BASE,
	  "fill the device with base content" },
	{ "fill-stale", KIND_MODE, 0, STRESS_FILL_STALE,
	  "fill the device with stale content" },
	{ "fill-zero", KIND_MODE, 0, STRESS_FILL_ZERO,
	  "fill the device with zeros" },
	{ "minimize", KIND_MODE, 0, STRESS_MINIMIZE,
	  "find a smaller workload that still fails" },
	{ "reset-command", KIND_TEXT, AT(reset_command), 0,
	  "COMMAND  makes the device anew; for --minimize" },
	{ "test-command", KIND_TEXT, AT(test_command), 0,
	  "COMMAND  runs in place of fvd-stress; for --minimize" },
	{ "tries", KIND_NUMBER, AT(tries), 0,
	  "N  runs before a smaller workload counts as passed; default 1" },
	{ "help", KIND_HELP, 0, 0, "print this" },
};

static const char *const discard_names[] = {
	[ORACLE_DISCARD_OLD_OR_ZERO] = "old-or-zero",
	[ORACLE_DISCARD_ZERO] = "zero",
	[ORACLE_DISCARD_BASE] = "base",
	[ORACLE_DISCARD_ANY] = "any",
	[ORACLE_DISCARD_IGNORE] = "ignore",
};

static const char *const verify_names[] = {
	[STRESS_VERIFY_CHANGED] = "changed",
	[STRESS_VERIFY_ALL] = "all",
	[STRESS_VERIFY_NONE] = "none",
};

static const char *const initial_names[] = { "base", "any" };

static const u32 default_weights[STRESS_OPS] = {
	[STRESS_READ] = 40, [STRESS_WRITE] = 40, [STRESS_FLUSH] = 4,
	[STRESS_FUA] = 4, [STRESS_DISCARD] = 4, [STRESS_ZERO] = 4,
};

void options_defaults(struct stress_options *options)
{
	memset(options, 0, sizeof(*options));
	options->settings.base_tag = 1;
	options->settings.unit_bytes = DEFAULT_UNIT_BYTES;
	options->settings.chunk_bytes = DEFAULT_CHUNK_BYTES;
	options->settings.max_io_bytes = DEFAULT_MAX_IO_BYTES;
	options->settings.depth = 64;
	options->settings.round = 1;
	memcpy(options->settings.weights, default_weights,
	       sizeof(default_weights));
	options->samples = 16;
	options->stop_after = 1;
	options->timeout_seconds = 120;
	options->memory_bytes = 64 * MIB;
	options->tries = 1;
}

static int parse_number(const char *text, u64 limit, u64 *number)
{
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 0);
	if (errno || *end || end == text || *text == '-' || *number > limit)
		return -EINVAL;
	return 0;
}

static int parse_bytes(const char *text, u64 limit, u64 *number)
{
	static const char units[] = "KMGT";
	const char *unit;
	u32 shift = 0;
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 0);
	if (errno || end == text || *text == '-')
		return -EINVAL;
	if (*end) {
		unit = strchr(units, *end);
		if (!unit || end[1])
			return -EINVAL;
		shift = 10 * (u32)(unit - units + 1);
	}
	if (*number > limit >> shift)
		return -EINVAL;
	*number <<= shift;
	return 0;
}

static int parse_name(const char *text, const char *const *names, u32 count,
		      u32 *value)
{
	u32 i;

	for (i = 0; i < count; i++) {
		if (strcmp(text, names[i]))
			continue;
		*value = i;
		return 0;
	}
	return -EINVAL;
}

static int parse_profile(const char *text, u32 *profile)
{
	u32 i;

	for (i = 0; i < STRESS_PROFILES; i++) {
		if (strcmp(text, stress_profile_name(i)))
			continue;
		*profile = i;
		return 0;
	}
	return -EINVAL;
}

static int parse_one_op(const char *text, size_t length, u32 *weights)
{
	const char *equals = memchr(text, '=', length);
	char number[12];
	size_t digits;
	u64 weight;
	u32 i;

	if (!equals)
		return -EINVAL;
	digits = length - (size_t)(equals + 1 - text);
	if (digits >= sizeof(number))
		return -EINVAL;
	memcpy(number, equals + 1, digits);
	number[digits] = '\0';
	if (parse_number(number, 1000000, &weight))
		return -EINVAL;
	for (i = 0; i < STRESS_OPS; i++) {
		if (strlen(stress_op_name(i)) != (size_t)(equals - text) ||
		    memcmp(text, stress_op_name(i), (size_t)(equals - text)))
			continue;
		weights[i] = (u32)weight;
		return 0;
	}
	return -EINVAL;
}

/* What is not in the list gets no weight. */
static int parse_ops(const char *text, u32 *weights)
{
	u32 i, total = 0;
	size_t length;

	memset(weights, 0, STRESS_OPS * sizeof(*weights));
	for (;;) {
		length = strcspn(text, ",");
		if (parse_one_op(text, length, weights))
			return -EINVAL;
		if (!text[length])
			break;
		text += length + 1;
	}
	for (i = 0; i < STRESS_OPS; i++)
		total += weights[i];
	return total ? 0 : -EINVAL;
}

static int print_help(void)
{
	const char *text;
	char name[48];
	u32 i;

	printf("usage: fvd-stress [OPTION]... DEVICE\n"
	       "Random requests to a block device or file, which is overwritten,\n"
	       "and an oracle that knows what may be read back. See fvd-stress(8).\n\n");
	for (i = 0; i < ARRAY_SIZE(rules); i++) {
		text = strstr(rules[i].help, "  ");
		if (text)
			snprintf(name, sizeof(name), "%s %.*s", rules[i].name,
				 (int)(text - rules[i].help), rules[i].help);
		else
			snprintf(name, sizeof(name), "%s", rules[i].name);
		printf("  --%-26s %s\n", name, text ? text + 2 : rules[i].help);
	}
	printf("\nExit status: 0 all right, 1 wrong data, 2 usage, 3 an I/O error or hang\n"
	       "that was not expected.\n");
	return 1;
}

static int set_mode(struct stress_options *options, enum stress_mode mode)
{
	if (options->mode != STRESS_RUN && options->mode != mode)
		return -EINVAL;
	options->mode = mode;
	return 0;
}

static int apply_number(const struct option_rule *rule, void *at,
			const char *text)
{
	bool wide = rule->kind == KIND_NUMBER || rule->kind == KIND_BYTES;
	bool bytes = rule->kind == KIND_BYTES || rule->kind == KIND_BYTES32;
	u64 number, limit = wide ? ~0ULL : UINT_MAX;
	int error;

	if (bytes)
		error = parse_bytes(text, limit, &number);
	else
		error = parse_number(text, limit, &number);
	if (error)
		return error;
	if (wide)
		*(u64 *)at = number;
	else
		*(u32 *)at = (u32)number;
	return 0;
}

static int apply_name(struct stress_options *options,
		      const struct option_rule *rule, const char *text)
{
	struct stress_settings *settings = &options->settings;
	u32 value;
	int error;

	switch (rule->kind) {
	case KIND_PROFILE:
		return parse_profile(text, &settings->profile);
	case KIND_DISCARD:
		return parse_name(text, discard_names,
				  ARRAY_SIZE(discard_names),
				  &settings->discard);
	case KIND_INITIAL:
		return parse_name(text, initial_names,
				  ARRAY_SIZE(initial_names),
				  &settings->initial_any);
	default:
		error = parse_name(text, verify_names,
				   ARRAY_SIZE(verify_names), &value);
		if (!error)
			options->verify = value;
		return error;
	}
}

static int apply(struct stress_options *options, const struct option_rule *rule,
		 const char *text)
{
	void *at = (char *)options + rule->offset;

	switch (rule->kind) {
	case KIND_FLAG:
		*(bool *)at = true;
		return 0;
	case KIND_FLAG32:
		*(u32 *)at = 1;
		return 0;
	case KIND_NUMBER:
	case KIND_NUMBER32:
	case KIND_BYTES:
	case KIND_BYTES32:
		options->given |= rule->given;
		return apply_number(rule, at, text);
	case KIND_RESUME:
		options->resume = true;
		*(const char **)at = text;
		return 0;
	case KIND_TEXT:
		*(const char **)at = text;
		return 0;
	case KIND_MODE:
		return set_mode(options, rule->given);
	case KIND_COMPARE:
		*(const char **)at = text;
		return set_mode(options, STRESS_COMPARE);
	case KIND_OPS:
		return parse_ops(text, options->settings.weights);
	case KIND_KEEP:
		return keep_parse(&options->keep, text);
	case KIND_HELP:
		return print_help();
	default:
		return apply_name(options, rule, text);
	}
}

static bool takes_value(const struct option_rule *rule)
{
	return rule->kind != KIND_FLAG && rule->kind != KIND_FLAG32 &&
	       rule->kind != KIND_MODE && rule->kind != KIND_HELP;
}

int options_parse(struct stress_options *options, int argc, char **argv)
{
	struct option table[ARRAY_SIZE(rules) + 1] = { };
	int index, found, error;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(rules); i++) {
		table[i].name = rules[i].name;
		table[i].has_arg = takes_value(&rules[i]);
	}
	optind = 0;
	for (;;) {
		found = getopt_long(argc, argv, "", table, &index);
		if (found < 0)
			break;
		if (found)
			return -EINVAL;
		error = apply(options, &rules[index], optarg);
		if (error < 0)
			complain("--%s does not take \"%s\"",
				 rules[index].name, optarg ? optarg :
				 "another mode beside it");
		if (error)
			return error;
	}
	if (argc - optind != 1) {
		complain("expected one device, found %d; see --help",
			 argc - optind);
		return -EINVAL;
	}
	options->device = argv[optind];
	return 0;
}

static int check_range(const char *name, u64 value, u64 low, u64 high)
{
	if (value >= low && value <= high)
		return 0;
	complain("--%s is %llu, expected %llu to %llu", name, value, low, high);
	return -EINVAL;
}

static int check_multiple(const char *name, u64 value, u64 unit)
{
	if (value && !(value % unit))
		return 0;
	complain("--%s is %llu, expected a multiple of %llu", name, value,
		 unit);
	return -EINVAL;
}

static int check_combination(const struct stress_options *options)
{
	const char *wrong = NULL;

	if (options->mode == STRESS_MINIMIZE && !options->reset_command &&
	    !options->test_command)
		wrong = "--minimize needs --reset-command or --test-command";
	if (options->mode == STRESS_MINIMIZE && options->resume)
		wrong = "--minimize starts on a new device, not with --resume";
	if (options->clean && !options->resume)
		wrong = "--clean says something about --resume only";
	if (options->narrow && (options->mode != STRESS_VERIFY_ONLY ||
				!options->resume))
		wrong = "--narrow belongs to --verify-only --resume";
	if (options->mode == STRESS_VERIFY_ONLY && options->state &&
	    !options->resume)
		wrong = "--verify-only takes --resume FILE, not --state";
	if (options->verify_every && options->verify == STRESS_VERIFY_NONE)
		wrong = "--verify-every contradicts --verify none";
	if (!wrong)
		return 0;
	complain("%s", wrong);
	return -EINVAL;
}

static int check_sizes(struct stress_settings *settings, u64 device_bytes)
{
	u32 block = settings->block_bytes;

	if (block < SECTOR_BYTES || block > BLOCK_BYTES_MAX ||
	    (block & (block - 1))) {
		complain("--logical-block-size is %u, expected a power of two, 512 to 65536",
			 block);
		return -EINVAL;
	}
	settings->device_bytes -= settings->device_bytes % block;
	if (check_range("size", settings->device_bytes, block, device_bytes))
		return -EINVAL;
	settings->base_bytes = min_u64(settings->base_bytes,
				       settings->device_bytes);
	/* A unit below the logical block can not be aimed at. */
	settings->unit_bytes = max_u64(settings->unit_bytes, block);
	settings->chunk_bytes = max_u64(settings->chunk_bytes,
					settings->unit_bytes);
	settings->max_io_bytes = max_u64(settings->max_io_bytes, block);
	if (check_multiple("block-size", settings->unit_bytes, block) ||
	    check_multiple("chunk-size", settings->chunk_bytes, block) ||
	    check_multiple("max-io", settings->max_io_bytes, block) ||
	    check_range("max-io", settings->max_io_bytes, block, MAX_IO_LIMIT))
		return -EINVAL;
	/* No request may cover more than a quarter of a small device. */
	settings->max_io_bytes = min_u64(settings->max_io_bytes,
					 max_u64(settings->device_bytes / 4 /
						 block * block, block));
	return 0;
}

int options_check(struct stress_options *options, u64 device_bytes,
		  u32 device_block_bytes)
{
	struct stress_settings *settings = &options->settings;

	if (!settings->block_bytes)
		settings->block_bytes = device_block_bytes;
	if (!settings->device_bytes)
		settings->device_bytes = device_bytes;
	if (!(options->given & GIVEN_REQUESTS) && !options->seconds)
		options->requests = DEFAULT_REQUESTS;
	else if (!(options->given & GIVEN_REQUESTS))
		options->requests = 1ULL << STRESS_ROUND_SHIFT;
	if (settings->block_bytes % device_block_bytes) {
		complain("the device's logical blocks have %u bytes, --logical-block-size says %u",
			 device_block_bytes, settings->block_bytes);
		return -EINVAL;
	}
	if (check_combination(options) || check_sizes(settings, device_bytes) ||
	    check_range("depth", settings->depth, 1, DEPTH_MAX) ||
	    check_range("round", settings->round, 1, STRESS_ROUND_MAX) ||
	    check_range("requests", options->requests, 0,
			1ULL << STRESS_ROUND_SHIFT) ||
	    check_range("stop-after-errors", options->stop_after, 1, ~0ULL) ||
	    check_range("tries", options->tries, 1, 1000) ||
	    check_range("timeout", options->timeout_seconds, 1, UINT_MAX))
		return -EINVAL;
	return 0;
}

static void print_ops(FILE *file, const u32 *weights)
{
	const char *comma = "";
	u32 i;

	if (!memcmp(weights, default_weights, sizeof(default_weights)))
		return;
	fprintf(file, " --ops ");
	for (i = 0; i < STRESS_OPS; i++) {
		if (!weights[i])
			continue;
		fprintf(file, "%s%s=%u", comma, stress_op_name(i), weights[i]);
		comma = ",";
	}
}

static void print_flags(FILE *file, const struct stress_options *options)
{
	const struct stress_settings *settings = &options->settings;

	if (settings->discard)
		fprintf(file, " --discard %s",
			discard_names[settings->discard]);
	if (settings->initial_any)
		fprintf(file, " --initial any");
	if (settings->write_through)
		fprintf(file, " --write-through");
	if (settings->mixed_overlap)
		fprintf(file, " --mixed-overlap");
	if (options->expect_errors)
		fprintf(file, " --expect-errors");
	if (options->buffered)
		fprintf(file, " --buffered");
	if (options->verify != STRESS_VERIFY_CHANGED)
		fprintf(file, " --verify %s", verify_names[options->verify]);
	if (options->verify_every)
		fprintf(file, " --verify-every %llu", options->verify_every);
}

void options_print_command(FILE *file, const struct stress_options *options,
			   u64 requests)
{
	const struct stress_settings *settings = &options->settings;
	char *keep = keep_text(&options->keep);

	fprintf(file, "fvd-stress --seed %llu --round %u --requests %llu --depth %u --profile %s",
		settings->seed, settings->round, requests, settings->depth,
		stress_profile_name(settings->profile));
	fprintf(file, " --size %llu --logical-block-size %u --block-size %u",
		settings->device_bytes, settings->block_bytes,
		settings->unit_bytes);
	fprintf(file, " --chunk-size %u --max-io %u", settings->chunk_bytes,
		settings->max_io_bytes);
	if (settings->base_bytes)
		fprintf(file, " --base-size %llu --base-tag %llu",
			settings->base_bytes, settings->base_tag);
	print_ops(file, settings->weights);
	print_flags(file, options);
	if (keep && *keep)
		fprintf(file, " --keep %s", keep);
	free(keep);
	fprintf(file, " %s\n", options->device);
}

struct workload_config options_workload(const struct stress_options *options)
{
	const struct stress_settings *settings = &options->settings;
	struct workload_config config = {
		.seed = settings->seed,
		.round = settings->round,
		.profile = settings->profile,
		.depth = settings->depth,
		.blocks = settings->device_bytes / settings->block_bytes,
		.max_blocks = settings->max_io_bytes / settings->block_bytes,
		.unit_blocks = settings->unit_bytes / settings->block_bytes,
		.chunk_blocks = settings->chunk_bytes / settings->block_bytes,
		.base_blocks = settings->base_bytes / settings->block_bytes,
	};

	memcpy(config.weights, settings->weights, sizeof(config.weights));
	return config;
}

struct oracle_config options_oracle(const struct stress_settings *settings)
{
	struct oracle_config config = {
		.blocks = settings->device_bytes / settings->block_bytes,
		.block_bytes = settings->block_bytes,
		.granule_blocks = settings->unit_bytes / settings->block_bytes,
		.base_sectors = settings->base_bytes / SECTOR_BYTES,
		.base_tag = settings->base_tag,
		.seed = settings->seed,
		.discard = settings->discard,
		.initial_any = settings->initial_any,
		.write_through = settings->write_through,
		.mixed_overlap = settings->mixed_overlap,
	};

	return config;
}
