// SPDX-License-Identifier: GPL-2.0-only
/*
 * fvd-campaign, for a guest with dm-fvd, dm-sim and /dev/ram0.
 *
 * Cases follow each other in one process: the numbers of the cases follow from
 * the seed. A file with the progress is rewritten after each case, and a file
 * "stop" beside it ends the run: under time travel the guest does not know how
 * late it is.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "campaign-damage.h"
#include "campaign-dm.h"
#include "campaign-round.h"
#include "campaign-script.h"

struct run {
	struct campaign campaign;
	uint64_t seed;
	uint64_t cases;
	uint64_t states;
	uint64_t damage;
	const char *words;
	const char *folder;
	bool is_case;
	bool first;
	bool verbose;
	struct script_options script;
	uint64_t done;
	uint64_t failed;
	uint64_t requests;
};

static const struct option options[] = {
	{ "seed", required_argument, NULL, 's' },
	{ "case", required_argument, NULL, 'c' },
	{ "cases", required_argument, NULL, 'n' },
	{ "states", required_argument, NULL, 'N' },
	{ "only", required_argument, NULL, 'o' },
	{ "damage", required_argument, NULL, 'd' },
	{ "progress", required_argument, NULL, 'p' },
	{ "walk", required_argument, NULL, 'x' },
	{ "scenarios", required_argument, NULL, 'y' },
	{ "samples", required_argument, NULL, 'z' },
	{ "first", no_argument, NULL, 'f' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

static const char help[] =
"usage: fvd-campaign [OPTION]...\n"
"Power cuts and failures, and what dm-fvd makes of them. Needs /dev/ram0.\n"
"\n"
"  --seed N         seed of the cases; default 1\n"
"  --cases N        end after N cases\n"
"  --states N       end after N states\n"
"  --case N         only this case\n"
"  --only WORDS     restrict the choice: flat, compact, data, base, nobase,\n"
"                   tight, 4k (sectors), prefetch, fail, retry, queue\n"
"                   (policies); load,\n"
"                   recovery, checkpoint, close, errors, reload, reload-cut,\n"
"                   outage, complete (rounds); separated by commas\n"
"  --walk WHAT      walk through small scenarios: states (every event, every\n"
"                   state), io (every bio fails), memory (every allocation\n"
"                   of the caller fails), driver (every one of dm-fvd, in\n"
"                   worker threads, too), or all\n"
"  --scenarios LIST only these, separated by commas\n"
"  --samples N      states made of those that are more; default 64\n"
"  --damage N       activate N damaged images, and use those that come to life\n"
"  --first          end after the first failure\n"
"  --progress DIR   keep DIR/progress, and end when there is a DIR/stop\n"
"  --verbose        print the configuration of each case, and dm-sim's hashes\n";

static int parse(struct run *run, int argc, char **argv)
{
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 's':
			run->seed = strtoull(optarg, NULL, 0);
			break;
		case 'c':
			run->seed = strtoull(optarg, NULL, 0);
			run->is_case = true;
			break;
		case 'n':
			run->cases = strtoull(optarg, NULL, 0);
			break;
		case 'N':
			run->states = strtoull(optarg, NULL, 0);
			break;
		case 'o':
			run->words = optarg;
			break;
		case 'p':
			run->folder = optarg;
			break;
		case 'x':
			run->script.mode = optarg;
			break;
		case 'y':
			run->script.names = optarg;
			break;
		case 'z':
			run->script.samples = strtoull(optarg, NULL, 0);
			break;
		case 'd':
			run->damage = strtoull(optarg, NULL, 0);
			break;
		case 'f':
			run->first = true;
			run->script.first = true;
			break;
		case 'v':
			run->verbose = true;
			break;
		case 'h':
			fputs(help, stdout);
			exit(0);
		default:
			return -1;
		}
	}
	return optind == argc ? 0 : -1;
}

/* A warning does not end the guest; the case that made it should be known. */
static bool is_tainted(void)
{
	static unsigned long before;
	FILE *file = fopen("/proc/sys/kernel/tainted", "r");
	unsigned long now = 0;

	if (file) {
		if (fscanf(file, "%lu", &now) != 1)
			now = 0;
		fclose(file);
	}
	/* Bad page, died, warned; not: out of tree. */
	now &= 1 << 5 | 1 << 7 | 1 << 9;
	if (now == before)
		return false;
	before = now;
	return true;
}

static bool should_stop(const struct run *run)
{
	char path[300];

	if (run->cases && run->done >= run->cases)
		return true;
	if (run->first && run->failed)
		return true;
	if (run->states && run->campaign.states >= run->states)
		return true;
	if (!run->folder)
		return false;
	snprintf(path, sizeof(path), "%s/stop", run->folder);
	return !access(path, F_OK);
}

static void note_progress(const struct run *run, uint64_t next)
{
	char path[300];
	FILE *file;

	if (!run->folder)
		return;
	snprintf(path, sizeof(path), "%s/progress", run->folder);
	file = fopen(path, "w");
	if (!file)
		return;
	fprintf(file, "cases %llu states %llu requests %llu failed %llu next %llu\n",
		(unsigned long long)run->done,
		(unsigned long long)run->campaign.states,
		(unsigned long long)run->campaign.requests,
		(unsigned long long)run->failed, (unsigned long long)next);
	fclose(file);
}

static int run_case(struct run *run, uint64_t seed)
{
	struct campaign *campaign = &run->campaign;
	char text[CONFIG_TEXT_SIZE];
	int r;

	if (config_make(&campaign->config, seed, run->words)) {
		fprintf(stderr, "fvd-campaign: unknown word in \"%s\"\n",
			run->words);
		exit(2);
	}
	if (run->verbose) {
		config_text(&campaign->config, text, sizeof(text));
		printf("case %llu: %s\n", (unsigned long long)seed, text);
		fflush(stdout);
	}
	r = campaign_run(campaign);
	if (!r && is_tainted())
		r = campaign_failed(campaign, "the kernel reported a bug");
	run->done++;
	/* Of a failure, too: its replay should be the same run. */
	if (run->verbose || r)
		printf("case %llu: %s\n", (unsigned long long)seed,
		       campaign->hash);
	if (r && !run->is_case)
		printf("life %llu %llu\n", (unsigned long long)run->seed,
		       (unsigned long long)run->done);
	if (r)
		run->failed++;
	fflush(stdout);
	return r;
}

static int run_cases(struct run *run)
{
	struct stress_random random = { .state = random_mix(run->seed) };
	uint64_t seed;

	if (run->is_case)
		return run_case(run, run->seed);
	do {
		/* Short enough to be typed. */
		seed = random_next(&random) >> 32;
		note_progress(run, seed);
		run_case(run, seed);
		if (run->campaign.play.report &&
		    run->campaign.play.report->hangs)
			break;
	} while (!should_stop(run));
	note_progress(run, 0);
	return run->failed ? -1 : 0;
}

int main(int argc, char **argv)
{
	struct run run = {
		.seed = 1,
		.script = { .names = "all", .samples = 64 },
	};
	int r;

	if (parse(&run, argc, argv)) {
		fputs(help, stderr);
		return 2;
	}
	printf("fvd-campaign: %s %llu\n", run.is_case ? "case" : "seed",
	       (unsigned long long)run.seed);
	fflush(stdout);
	dm_begin();
	if (stack_begin())
		return 3;
	is_tainted();
	if (run.script.mode)
		return script_run(&run.script) ? 1 : 0;
	if (run.damage) {
		const struct damage_options damage = {
			.seed = run.seed, .images = run.damage,
			.is_case = run.is_case, .words = run.words,
			.folder = run.folder,
		};

		return damage_run(&damage) ? 1 : 0;
	}
	r = run_cases(&run);
	printf("%llu cases, %llu failed, %llu states, %llu requests\n",
	       (unsigned long long)run.done, (unsigned long long)run.failed,
	       (unsigned long long)run.campaign.states,
	       (unsigned long long)run.campaign.requests);
	fflush(stdout);
	/* With requests in flight for ever, exit() would wait for them. */
	if (run.campaign.play.report && run.campaign.play.report->hangs)
		_exit(1);
	return r ? 1 : 0;
}
