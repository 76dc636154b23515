// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs all suites, or the tests whose name contains the first argument. The
 * seed of the random ones comes from the clock, or from the second argument.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "test.h"

static u64 seed;
static bool failed;

void test_expect(bool holds, const char *text, const char *file, int line)
{
	if (holds)
		return;
	failed = true;
	printf("  %s:%d: expected: %s\n", file, line, text);
}

u64 test_seed(void)
{
	return seed;
}

bool test_failed(void)
{
	return failed;
}

int main(int argc, char **argv)
{
	static const struct test_case *const suites[] = {
		pattern_tests, keep_tests, workload_tests, oracle_tests,
		options_tests, state_tests, disk_tests,
	};
	const char *filter = argc > 1 ? argv[1] : "";
	const struct test_case *test;
	u32 i, passed = 0, wrong = 0;

	seed = argc > 2 ? strtoull(argv[2], NULL, 0) : (u64)time(NULL);
	printf("seed %llu\n", seed);
	for (i = 0; i < ARRAY_SIZE(suites); i++) {
		for (test = suites[i]; test->name; test++) {
			if (!strstr(test->name, filter))
				continue;
			failed = false;
			test->run();
			printf("%s %s\n", failed ? "FAIL" : "ok  ", test->name);
			fflush(stdout);
			passed += !failed;
			wrong += failed;
		}
	}
	printf("%u passed, %u failed\n", passed, wrong);
	return wrong || !passed;
}
