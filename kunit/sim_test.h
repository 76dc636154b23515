/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the suites of dm-sim's layer 0 share.
 *
 * Each suite is compiled into sim_kunit.ko, and with
 * tools/testing/unit/kunit/test.h in KUnit's place into a program that runs
 * under ASan and UBSan. So a suite uses nothing of the kernel beyond KUnit and
 * sim-portability.h.
 */
#ifndef SIM_TEST_H
#define SIM_TEST_H

#include "../dm-sim/sim-random.h"
#include "../dm-sim/sim-text.h"

#include <kunit/test.h>

/* A text with its own buffer, for what a function says. */
struct sim_test_text {
	struct sim_text text;
	char buffer[256];
};

static inline struct sim_text *sim_test_text(struct sim_test_text *text)
{
	sim_text_init(&text->text, text->buffer, sizeof(text->buffer));
	return &text->text;
}

/**
 * sim_test_seed() - the seed of this run, printed for the case that asks
 * @test: the case that asks
 *
 * SEED of the environment, the module's parameter "seed", or a fresh one.
 */
u64 sim_test_seed(struct kunit *test);

/** sim_test_random() - number @which of the run that began with @seed */
static inline u64 sim_test_random(u64 seed, u64 *which)
{
	/* The tests use a stream that dm-sim has no other use for. */
	return sim_random(seed, 0, (*which)++, 0);
}

#endif /* SIM_TEST_H */
