// SPDX-License-Identifier: GPL-2.0-only
/*
 * The oracle against disks: one that keeps the rules must never be reported,
 * ones with a planted bug must be, and the state file must know as much as the
 * oracle that wrote it.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake-disk.h"
#include "stress-state.h"
#include "test.h"

#define CORRECT_RUNS	60
#define ROUNDS		6
#define ROUND_REQUESTS	300
#define BUG_RUNS	40U

/* One disk, its oracle, its state file, over several power cuts. */
struct trial {
	struct stress_options options;
	struct stress_random random;
	struct fake_disk *disk;
	struct oracle *oracle;
	struct state_log *log;
	char path[40];
	u64 wrong;
	struct {
		u64 number;
		u64 stamp;
		struct oracle_read read;
	} flights[64];
};

static void choose_settings(struct trial *trial)
{
	struct stress_settings *settings = &trial->options.settings;
	struct stress_random *random = &trial->random;

	options_defaults(&trial->options);
	settings->seed = random_next(random);
	settings->block_bytes = random_chance(random, 50) ? 512 : 1024;
	settings->device_bytes = (16 + random_below(random, 60)) *
				 settings->block_bytes;
	settings->base_bytes = random_below(random,
					    settings->device_bytes / 512 + 1) *
			       512;
	settings->unit_bytes = settings->block_bytes * 2;
	settings->chunk_bytes = settings->block_bytes * 8;
	settings->max_io_bytes = settings->block_bytes * 8;
	settings->depth = (u32)random_log(random, 50);
	settings->profile = (u32)random_below(random, STRESS_PROFILES);
	settings->mixed_overlap = random_chance(random, 10);
}

static u32 free_flight(struct trial *trial)
{
	u32 i = 0;

	while (trial->flights[i].number)
		i++;
	return i;
}

static u32 find_flight(struct trial *trial, u64 number)
{
	u32 i = 0;

	while (trial->flights[i].number != number)
		i++;
	return i;
}

static void submit(struct trial *trial, const struct stress_request *request)
{
	enum oracle_kind kind = ORACLE_WRITE;
	u32 flight = free_flight(trial);

	trial->flights[flight].number = request->number;
	if (request->op == STRESS_DISCARD)
		kind = ORACLE_TRIM;
	if (request->op == STRESS_ZERO)
		kind = ORACLE_ZERO;
	if (request->op == STRESS_READ)
		EXPECT(!oracle_read_begin(trial->oracle,
					  &trial->flights[flight].read));
	else if (request->op == STRESS_FLUSH)
		trial->flights[flight].stamp =
			oracle_flush_begin(trial->oracle);
	else
		EXPECT(!oracle_submit(trial->oracle, kind, request->number,
				      request->first, request->count,
				      request->op == STRESS_FUA));
	state_submit(trial->log, request);
	fake_submit(trial->disk, request);
}

static void check(struct trial *trial, struct oracle_read read, u64 block,
		  const u8 *data)
{
	struct oracle_verdict verdict;

	verdict = oracle_check(trial->oracle, read, block, data);
	if (verdict.narrowed)
		state_observe(trial->log, block, &verdict.found);
	trial->wrong += !verdict.right;
}

static void complete(struct trial *trial,
		     const struct fake_completion *completion)
{
	const struct stress_request *request = &completion->request;
	u32 flight = find_flight(trial, request->number);
	bool failed = completion->outcome == FAKE_FAILED;
	u32 i;

	if (request->op == STRESS_READ) {
		for (i = 0; i < request->count && !failed; i++)
			check(trial, trial->flights[flight].read,
			      request->first + i, completion->data +
			      (size_t)i * trial->options.settings.block_bytes);
		oracle_read_end(trial->oracle, trial->flights[flight].read);
	} else {
		state_complete(trial->log, request->number, failed);
		if (request->op != STRESS_FLUSH)
			oracle_complete(trial->oracle, request->number,
					request->first, request->count,
					failed);
		else if (!failed)
			oracle_flush_end(trial->oracle,
					 trial->flights[flight].stamp);
	}
	trial->flights[flight].number = 0;
}

/* The workload, until the power is cut at a random moment. */
static void play_round(struct trial *trial)
{
	u64 left = random_below(&trial->random, ROUND_REQUESTS);
	struct workload_config config = options_workload(&trial->options);
	struct fake_completion completion;
	struct stress_request request;
	static struct workload workload;
	bool waiting = false;
	u32 in_flight;

	workload_init(&workload, &config);
	while (left) {
		if (!waiting)
			workload_next(&workload, &request);
		in_flight = fake_in_flight(trial->disk);
		waiting = in_flight && (in_flight >= request.depth ||
					request.drain);
		if (!waiting) {
			submit(trial, &request);
			left--;
		}
		while (fake_in_flight(trial->disk) &&
		       (waiting || random_chance(&trial->random, 70))) {
			if (!fake_step(trial->disk, &completion))
				continue;
			complete(trial, &completion);
			break;
		}
	}
}

static bool has_value(const struct oracle *oracle, u64 block,
		      const struct oracle_value *wanted)
{
	const struct oracle_value *values;
	u32 i, count;

	values = oracle_values(oracle, block, &count);
	for (i = 0; i < count; i++)
		if (values[i].request == wanted->request &&
		    values[i].kind == wanted->kind)
			return true;
	return false;
}

static bool covers(const struct oracle *a, const struct oracle *b)
{
	const struct oracle_value *values;
	u64 block;
	u32 i, count;

	for (block = 0; block < oracle_config(a)->blocks; block++) {
		values = oracle_values(b, block, &count);
		for (i = 0; i < count; i++)
			if (!has_value(a, block, &values[i]))
				return false;
		if (oracle_changed(a, block) != oracle_changed(b, block))
			return false;
	}
	return true;
}

/* After a cut: the loaded oracle must know the same sets; go on with it. */
static void reload(struct trial *trial)
{
	struct oracle *loaded;

	EXPECT(!state_close(trial->log));
	trial->log = NULL;
	EXPECT(!state_load(trial->path, &loaded, NULL));
	if (!loaded)
		return;
	oracle_power_cut(loaded);
	EXPECT(covers(loaded, trial->oracle));
	EXPECT(covers(trial->oracle, loaded));
	oracle_destroy(trial->oracle);
	trial->oracle = loaded;
}

static void verify_all(struct trial *trial)
{
	struct oracle_read read;
	u64 block;

	EXPECT(!oracle_read_begin(trial->oracle, &read));
	for (block = 0; block < oracle_config(trial->oracle)->blocks; block++)
		check(trial, read, block, fake_read(trial->disk, block));
	oracle_read_end(trial->oracle, read);
}

static void cut_and_recover(struct trial *trial)
{
	fake_power_cut(trial->disk);
	oracle_power_cut(trial->oracle);
	memset(trial->flights, 0, sizeof(trial->flights));
	if (trial->log)
		reload(trial);
	/* Now and then a second cut comes before the verification. */
	if (random_chance(&trial->random, 20)) {
		fake_power_cut(trial->disk);
		oracle_power_cut(trial->oracle);
	}
	verify_all(trial);
	oracle_settle(trial->oracle);
	verify_all(trial);
	trial->options.settings.round++;
}

static void make_bugs_likely(struct stress_settings *settings)
{
	static const u32 weights[STRESS_OPS] = { 30, 30, 6, 6, 14, 14 };

	settings->mixed_overlap = false;
	settings->profile = STRESS_UNIFORM;
	memcpy(settings->weights, weights, sizeof(weights));
}

/* Return: how many blocks were reported. */
static u64 run_trial(u64 seed, enum fake_bug bug, u32 fail_percent,
		     bool with_state, bool *happened)
{
	static struct trial trial;
	struct oracle_config config;
	u32 round;
	u64 wrong;
	int fd;

	memset(&trial, 0, sizeof(trial));
	trial.random.state = random_mix(seed);
	choose_settings(&trial);
	if (bug != BUG_NONE)
		make_bugs_likely(&trial.options.settings);
	config = options_oracle(&trial.options.settings);
	trial.oracle = oracle_create(&config);
	trial.disk = fake_create(&trial.options.settings, bug, fail_percent,
				 seed);
	snprintf(trial.path, sizeof(trial.path), "/tmp/fvd-stress-test.XXXXXX");
	fd = with_state ? mkstemp(trial.path) : -1;
	if (fd >= 0)
		close(fd);
	for (round = 0; round < ROUNDS && !trial.wrong; round++) {
		if (with_state)
			EXPECT(!state_create(trial.path,
					     &trial.options.settings,
					     trial.oracle, &trial.log));
		play_round(&trial);
		cut_and_recover(&trial);
	}
	wrong = trial.wrong;
	*happened = fake_bug_happened(trial.disk);
	if (with_state)
		unlink(trial.path);
	oracle_destroy(trial.oracle);
	fake_destroy(trial.disk);
	return wrong;
}

static void correct_disk_is_never_reported(void)
{
	bool happened;
	u64 i;

	for (i = 0; i < CORRECT_RUNS && !test_failed(); i++)
		if (run_trial(test_seed() * 1000 + i, BUG_NONE, 0, false, &happened)) {
			printf("  seed %llu\n", test_seed() * 1000 + i);
			EXPECT(false);
		}
}

static void failing_disk_is_never_reported(void)
{
	bool happened;
	u64 i;

	for (i = 0; i < CORRECT_RUNS && !test_failed(); i++)
		if (run_trial(test_seed() * 1000 + i, BUG_NONE, 5, false, &happened)) {
			printf("  seed %llu\n", test_seed() * 1000 + i);
			EXPECT(false);
		}
}

static void state_file_knows_the_same(void)
{
	bool happened;
	u64 i;

	for (i = 0; i < CORRECT_RUNS && !test_failed(); i++)
		EXPECT(!run_trial(test_seed() * 1000 + i, BUG_NONE, i % 2, true,
				  &happened));
}

static void planted_bugs_are_found(void)
{
	u32 bug, found, effective;
	bool happened;
	u64 i;

	for (bug = BUG_NONE + 1; bug < BUG_COUNT; bug++) {
		found = 0;
		effective = 0;
		for (i = 0; i < BUG_RUNS; i++) {
			found += !!run_trial(test_seed() * 1000 + i, bug, 0, false,
					     &happened);
			effective += happened;
		}
		printf("  %s: had an effect in %u of %u runs, found in %u\n",
		       fake_bug_name(bug), effective, BUG_RUNS, found);
		/*
		 * Some effects can not be seen: a lost write that is written
		 * again before it is read. A quarter must be.
		 */
		EXPECT(effective && found >= (effective + 3) / 4);
	}
}

const struct test_case disk_tests[] = {
	{ "disk: a correct disk with power cuts is never reported",
	  correct_disk_is_never_reported },
	{ "disk: a disk with failing requests is never reported",
	  failing_disk_is_never_reported },
	{ "disk: the state file knows what the oracle knew",
	  state_file_knows_the_same },
	{ "disk: planted bugs are found", planted_bugs_are_found },
	{ }
};
