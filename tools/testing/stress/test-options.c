// SPDX-License-Identifier: GPL-2.0-only
/* The command line: stress-options. */
#include <stdlib.h>
#include <string.h>

#include "stress-options.h"
#include "test.h"

#define MIB	(1024 * 1024ULL)
#define MAX_WORDS	64

/* Parse a line of words; stderr is not wanted here. */
static int parse_line(struct stress_options *options, const char *line)
{
	char *words[MAX_WORDS] = { }, *rest, *word, *copy = strdup(line);
	static char *kept[256];
	static u32 count;
	int argc = 0;

	options_defaults(options);
	for (word = strtok_r(copy, "\n ", &rest); word && argc < MAX_WORDS - 1;
	     word = strtok_r(NULL, "\n ", &rest))
		words[argc++] = word;
	/* Options point into the words; keep the last lines reachable. */
	free(kept[count % ARRAY_SIZE(kept)]);
	kept[count++ % ARRAY_SIZE(kept)] = copy;
	return options_parse(options, argc, words);
}

static int parse_and_check(struct stress_options *options, const char *line)
{
	int error = parse_line(options, line);

	return error ? error : options_check(options, 64 * MIB, 512);
}

static void defaults_are_usable(void)
{
	struct stress_options options;

	EXPECT(!parse_and_check(&options, "x --seed 5 dev"));
	EXPECT(options.settings.seed == 5);
	EXPECT(!strcmp(options.device, "dev"));
	EXPECT(options.settings.device_bytes == 64 * MIB);
	EXPECT(options.settings.block_bytes == 512);
	EXPECT(options.requests == 10000);
	EXPECT(options.mode == STRESS_RUN);
	EXPECT(options.verify == STRESS_VERIFY_CHANGED);
}

static void values_are_read(void)
{
	struct stress_options options;

	EXPECT(!parse_and_check(&options, "x --base-size 10M --chunk-size 64K d"));
	EXPECT(options.settings.base_bytes == 10 * MIB);
	EXPECT(options.settings.chunk_bytes == 65536);
	EXPECT(!parse_and_check(&options, "x --block-size 8192 --ops read=1,flush=3 d"));
	EXPECT(options.settings.unit_bytes == 8192);
	EXPECT(options.settings.weights[STRESS_READ] == 1);
	EXPECT(options.settings.weights[STRESS_WRITE] == 0);
	EXPECT(options.settings.weights[STRESS_FLUSH] == 3);
	EXPECT(!parse_and_check(&options, "x --profile database --discard any d"));
	EXPECT(options.settings.profile == STRESS_DATABASE);
	EXPECT(options.settings.discard == ORACLE_DISCARD_ANY);
	EXPECT(!parse_and_check(&options, "x --initial any --write-through d"));
	EXPECT(options.settings.initial_any && options.settings.write_through);
	EXPECT(!parse_and_check(&options, "x --verify all --keep 1-3 d"));
	EXPECT(options.verify == STRESS_VERIFY_ALL);
	EXPECT(options.keep.count == 1);
	keep_free(&options.keep);
}

static void nonsense_is_refused(void)
{
	static const char *const lines[] = {
		"x", "x a b", "x --seed", "x --seed a d", "x --depth 0 d",
		"x --depth 1001 d", "x --ops read=0 d", "x --ops read d",
		"x --ops jump=3 d", "x --ops read=1, d", "x --profile x d",
		"x --size 65M d", "x --size 100 d", "x --max-io 17M d",
		"x --logical-block-size 3000 d", "x --block-size 1000 d",
		"x --logical-block-size 256 d", "x --base-size -1 d",
		"x --base-size 1Z d", "x --unknown d", "x --minimize d",
		"x --clean d", "x --narrow d", "x --verify-only --state f d",
		"x --make-base --verify-only d", "x --round 0 d",
		"x --verify none --verify-every 5 d", "x --keep 3-1 d",
		"x --stop-after-errors 0 d", "x --requests 5000000000 d",
	};
	struct stress_options options;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		if (parse_and_check(&options, lines[i]) < 0)
			continue;
		printf("  taken: %s\n", lines[i]);
		EXPECT(false);
	}
}

static void printed_command_repeats(void)
{
	static const char *const lines[] = {
		"x --seed 9 dev",
		"x --seed 18446744073709551615 --base-size 7M --base-tag 4 --ops write=1 --discard zero --round 7 --depth 999 dev",
		"x --seed 1 --size 1M --mixed-overlap --write-through --initial any --profile boot --keep 5,7-9 --verify all dev",
	};
	struct stress_options options, again;
	char *text;
	size_t size;
	FILE *file;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		EXPECT(!parse_and_check(&options, lines[i]));
		file = open_memstream(&text, &size);
		options_print_command(file, &options, 123);
		fclose(file);
		EXPECT(!parse_and_check(&again, text));
		EXPECT(!memcmp(&options.settings, &again.settings,
			       sizeof(options.settings)));
		EXPECT(again.requests == 123);
		EXPECT(again.verify == options.verify);
		EXPECT(again.keep.count == options.keep.count);
		free(text);
		keep_free(&options.keep);
		keep_free(&again.keep);
	}
}

const struct test_case options_tests[] = {
	{ "options: defaults are usable", defaults_are_usable },
	{ "options: values are read", values_are_read },
	{ "options: nonsense is refused", nonsense_is_refused },
	{ "options: the printed command gives the same run",
	  printed_command_repeats },
	{ }
};
