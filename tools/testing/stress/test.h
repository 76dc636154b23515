/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The smallest test frame that does: suites of named functions, expectations
 * that tell where they failed, a count at the end.
 */
#ifndef STRESS_TEST_H
#define STRESS_TEST_H

#include "stress-types.h"

/** struct test_case - one behaviour. @name: what must hold. @run: the proof. */
struct test_case {
	const char *name;
	void (*run)(void);
};

/** test_expect() - count a failed expectation of the running test */
void test_expect(bool holds, const char *text, const char *file, int line);

/** test_seed() - seed of random tests, printed at the start */
u64 test_seed(void);

/** test_failed() - did an expectation of the running test fail already? */
bool test_failed(void);

#define EXPECT(condition) \
	test_expect((condition), #condition, __FILE__, __LINE__)

/* The suites; each ends with an entry without a name. */
extern const struct test_case pattern_tests[];
extern const struct test_case keep_tests[];
extern const struct test_case workload_tests[];
extern const struct test_case oracle_tests[];
extern const struct test_case options_tests[];
extern const struct test_case state_tests[];
extern const struct test_case disk_tests[];

#endif /* STRESS_TEST_H */
