// SPDX-License-Identifier: GPL-2.0-only
/* The request generator: stress-workload. */
#include <string.h>

#include "stress-workload.h"
#include "test.h"

#define LENGTH	20000

static struct workload_config sample_config(enum stress_profile profile)
{
	struct workload_config config = {
		.seed = test_seed(),
		.round = 3,
		.profile = profile,
		.weights = { 40, 40, 4, 4, 4, 4 },
		.depth = 100,
		.blocks = 5000,
		.max_blocks = 256,
		.unit_blocks = 8,
		.chunk_blocks = 128,
		.base_blocks = 3001,
	};

	return config;
}

static bool same_request(const struct stress_request *a,
			 const struct stress_request *b)
{
	return a->number == b->number && a->op == b->op &&
	       a->variant == b->variant && a->drain == b->drain &&
	       a->depth == b->depth && a->first == b->first &&
	       a->count == b->count;
}

static void sequence_follows_from_seed(void)
{
	static struct workload one, two;
	struct workload_config config;
	struct stress_request a, b;
	u32 i, profile, differing;

	for (profile = 0; profile < STRESS_PROFILES; profile++) {
		config = sample_config(profile);
		workload_init(&one, &config);
		workload_init(&two, &config);
		for (i = 0; i < LENGTH; i++) {
			workload_next(&one, &a);
			workload_next(&two, &b);
			EXPECT(same_request(&a, &b));
			EXPECT(a.number == stress_number(3, i));
		}
		config.round = 4;
		workload_init(&two, &config);
		workload_init(&one, &config);
		one.random.state++;
		for (i = differing = 0; i < 1000; i++) {
			workload_next(&one, &a);
			workload_next(&two, &b);
			differing += !same_request(&a, &b);
		}
		EXPECT(differing > 100);
	}
}

static bool is_sound(const struct stress_request *request,
		     const struct workload_config *config)
{
	bool moves = request->op == STRESS_READ ||
		     request->op == STRESS_WRITE || request->op == STRESS_FUA;

	if (request->depth < 1 || request->depth > config->depth)
		return false;
	if (request->op == STRESS_FLUSH)
		return !request->first && !request->count;
	return request->count && request->first < config->blocks &&
	       request->count <= config->blocks - request->first &&
	       (!moves || request->count <= config->max_blocks);
}

static void requests_lie_on_device(void)
{
	static const u64 sizes[] = { 1, 2, 7, 64, 5000, 1 << 20 };
	static struct workload workload;
	struct workload_config config;
	struct stress_request request;
	u32 i, k, profile;

	for (profile = 0; profile < STRESS_PROFILES; profile++) {
		for (k = 0; k < ARRAY_SIZE(sizes); k++) {
			config = sample_config(profile);
			config.blocks = sizes[k];
			config.max_blocks = sizes[k] / 4 ? sizes[k] / 4 : 1;
			config.base_blocks = sizes[k];
			workload_init(&workload, &config);
			for (i = 0; i < LENGTH; i++) {
				workload_next(&workload, &request);
				EXPECT(is_sound(&request, &config));
			}
		}
	}
}

static void weights_are_kept(void)
{
	static struct workload workload;
	struct workload_config config = sample_config(STRESS_UNIFORM);
	struct stress_request request;
	u32 i, counts[STRESS_OPS] = { };

	workload_init(&workload, &config);
	for (i = 0; i < 96 * 1000; i++) {
		workload_next(&workload, &request);
		counts[request.op]++;
	}
	for (i = 0; i < STRESS_OPS; i++)
		EXPECT(counts[i] > 900 * config.weights[i] &&
		       counts[i] < 1100 * config.weights[i]);
}

static void unwanted_ops_never_come(void)
{
	static struct workload workload;
	struct workload_config config;
	struct stress_request request;
	u32 i, profile;

	for (profile = 0; profile < STRESS_PROFILES; profile++) {
		config = sample_config(profile);
		memset(config.weights, 0, sizeof(config.weights));
		config.weights[STRESS_READ] = 1;
		config.weights[STRESS_WRITE] = 1;
		workload_init(&workload, &config);
		for (i = 0; i < LENGTH; i++) {
			workload_next(&workload, &request);
			EXPECT(request.op <= STRESS_WRITE);
			EXPECT(is_sound(&request, &config));
		}
	}
}

static void boundaries_and_overlaps_come(void)
{
	static struct workload workload;
	struct workload_config config = sample_config(STRESS_UNIFORM);
	struct stress_request request, last = { };
	u32 i, at_base = 0, at_end = 0, at_chunk = 0, overlaps = 0, depths = 0;

	workload_init(&workload, &config);
	for (i = 0; i < LENGTH; i++) {
		workload_next(&workload, &request);
		if (request.op == STRESS_FLUSH)
			continue;
		at_base += request.first < config.base_blocks &&
			   request.first + request.count > config.base_blocks;
		at_end += request.first + request.count == config.blocks;
		at_chunk += request.first / config.chunk_blocks !=
			    (request.first + request.count - 1) /
			    config.chunk_blocks;
		overlaps += request.first < last.first + last.count &&
			    last.first < request.first + request.count;
		depths += request.depth != last.depth;
		last = request;
	}
	EXPECT(at_base > LENGTH / 100);
	EXPECT(at_end > LENGTH / 100);
	EXPECT(at_chunk > LENGTH / 10);
	EXPECT(overlaps > LENGTH / 100);
	EXPECT(depths > 20);
}

static void database_syncs(void)
{
	static struct workload workload;
	struct workload_config config = sample_config(STRESS_DATABASE);
	struct stress_request request;
	u32 i, drains = 0, fua = 0;

	workload_init(&workload, &config);
	for (i = 0; i < LENGTH; i++) {
		workload_next(&workload, &request);
		drains += request.op == STRESS_FLUSH && request.drain;
		fua += request.op == STRESS_FUA;
	}
	EXPECT(drains > LENGTH / 100);
	EXPECT(fua > LENGTH / 100);
}

const struct test_case workload_tests[] = {
	{ "workload: the sequence follows from the seed",
	  sequence_follows_from_seed },
	{ "workload: all requests lie on the device", requests_lie_on_device },
	{ "workload: operations come as often as their weights say",
	  weights_are_kept },
	{ "workload: an operation without weight never comes",
	  unwanted_ops_never_come },
	{ "workload: boundaries, overlaps and depths all come",
	  boundaries_and_overlaps_come },
	{ "workload: the database syncs", database_syncs },
	{ }
};
