// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runner of the unit tests in user space: unit [FILTER]
 *
 * Runs the cases whose "suite.case" contains FILTER, prints one line each and
 * "N passed, N failed" at the end; exits with 1 if any failed. SEED= repeats
 * a random run, see kunit/fvd_test.h.
 */
#include <stdarg.h>
#include <stdlib.h>

#include <kunit/test.h>

struct kunit_memory {
	struct kunit_memory *next;
	max_align_t bytes[];
};

static struct kunit_suite *suites;
static unsigned int nr_passed, nr_failed;

void unit_register(struct kunit_suite *suite)
{
	struct kunit_suite **at = &suites;

	/* Sorted, so that the order does not depend on the linker. */
	while (*at && strcmp((*at)->name, suite->name) < 0)
		at = &(*at)->next;
	suite->next = *at;
	*at = suite;
}

void unit_message(const char *format, ...)
{
	va_list args;

	if (!*format)
		return;
	printf("    # ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
}

void unit_fail(struct kunit *test, bool fatal, const char *file, int line,
	       const char *format, ...)
{
	va_list args;

	printf("    # %s:%d: ", file, line);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	test->failed = true;
	if (fatal)
		longjmp(test->out, 1);
}

void *kunit_kzalloc(struct kunit *test, size_t nr_bytes, int flags)
{
	struct kunit_memory *memory;

	(void)flags;
	memory = calloc(1, sizeof(*memory) + nr_bytes);
	if (!memory)
		return NULL;
	memory->next = test->memory;
	test->memory = memory;
	return memory->bytes;
}

static void run_case(struct kunit_suite *suite, struct kunit_case *test_case)
{
	struct kunit test = { .name = test_case->name };
	struct kunit_memory *next;

	if (!setjmp(test.out)) {
		if (suite->init && suite->init(&test))
			test.failed = true;
		else
			test_case->run_case(&test);
	}
	if (suite->exit)
		suite->exit(&test);
	for (; test.memory; test.memory = next) {
		next = test.memory->next;
		free(test.memory);
	}
	printf("%s %s.%s\n", test.failed ? "not ok" : "ok", suite->name,
	       test_case->name);
	fflush(stdout);
	if (test.failed)
		nr_failed++;
	else
		nr_passed++;
}

int main(int argc, char **argv)
{
	const char *filter = argc > 1 ? argv[1] : "";
	struct kunit_case *test_case;
	struct kunit_suite *suite;
	char name[256];

	for (suite = suites; suite; suite = suite->next) {
		for (test_case = suite->test_cases; test_case->run_case;
		     test_case++) {
			snprintf(name, sizeof(name), "%s.%s", suite->name,
				 test_case->name);
			if (strstr(name, filter))
				run_case(suite, test_case);
		}
	}
	printf("%u passed, %u failed\n", nr_passed, nr_failed);
	return nr_failed || !nr_passed;
}
