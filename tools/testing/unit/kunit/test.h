/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As much of KUnit as the suites in kunit/ use, for user space.
 *
 * The same suite files run in a kernel, with the kernel's <kunit/test.h>, and
 * here under ASan and UBSan, with this one. The names and their meaning are
 * KUnit's; fixed-width types are left to the code under test.
 */
#ifndef UNIT_KUNIT_TEST_H
#define UNIT_KUNIT_TEST_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#ifndef __printf
#define __printf(a, b)	__attribute__((__format__(printf, a, b)))
#endif

#define GFP_KERNEL	0
#define KBUILD_MODNAME	"unit"
#define MODULE_LICENSE(text)	_Static_assert(1, text)
#define MODULE_DESCRIPTION(text) _Static_assert(1, text)

struct kunit_memory;

/**
 * struct kunit - a test case that runs.
 * @name: of the case
 * @failed: an expectation was not met
 * @memory: what kunit_kzalloc() gave, freed at the end of the case
 * @out: where a failed assertion goes
 * @priv: the suite's own
 */
struct kunit {
	const char *name;
	bool failed;
	struct kunit_memory *memory;
	jmp_buf out;
	void *priv;
};

struct kunit_case {
	void (*run_case)(struct kunit *test);
	const char *name;
	const char *module_name;
};

struct kunit_suite {
	const char *name;
	int (*init)(struct kunit *test);
	void (*exit)(struct kunit *test);
	struct kunit_case *test_cases;
	struct kunit_suite *next;
};

#define KUNIT_CASE(function)	{ .run_case = function, .name = #function }
#define KUNIT_CASE_SLOW(function) KUNIT_CASE(function)

#define kunit_test_suite(suite) \
	__attribute__((constructor)) static void register_##suite(void) \
	{ \
		unit_register(&(suite)); \
	} \
	_Static_assert(1, "")

void unit_register(struct kunit_suite *suite);
void unit_fail(struct kunit *test, bool fatal, const char *file, int line,
	       const char *format, ...) __printf(5, 6);
void unit_message(const char *format, ...) __printf(1, 2);

void *kunit_kzalloc(struct kunit *test, size_t nr_bytes, int flags);

#define kunit_info(test, format, ...) \
	do { \
		(void)(test); \
		printf("    # " format "\n", ##__VA_ARGS__); \
	} while (0)

#define KUNIT_FAIL(test, format, ...) \
	unit_fail(test, false, __FILE__, __LINE__, format, ##__VA_ARGS__)

#define UNIT_CHECK_(test, fatal, ok, text) \
	do { \
		if (!(ok)) \
			unit_fail(test, fatal, __FILE__, __LINE__, "expected %s", text); \
	} while (0)

/* The message is printed first, so that one format string is enough here. */
#define UNIT_BINARY_(test, fatal, left, op, right, format, ...) \
	do { \
		__typeof__(left) left_ = (left); \
		__typeof__(right) right_ = (right); \
		if (!(left_ op right_)) { \
			unit_message(format, ##__VA_ARGS__); \
			unit_fail(test, fatal, __FILE__, __LINE__, \
				  "expected %s " #op " %s, found %lld (0x%llx) and %lld (0x%llx)", \
				  #left, #right, \
				  (long long)left_, (unsigned long long)left_, \
				  (long long)right_, (unsigned long long)right_); \
		} \
	} while (0)

#define KUNIT_EXPECT_EQ(test, l, r) UNIT_BINARY_(test, false, l, ==, r, "")
#define KUNIT_EXPECT_NE(test, l, r) UNIT_BINARY_(test, false, l, !=, r, "")
#define KUNIT_EXPECT_LT(test, l, r) UNIT_BINARY_(test, false, l, <, r, "")
#define KUNIT_EXPECT_LE(test, l, r) UNIT_BINARY_(test, false, l, <=, r, "")
#define KUNIT_EXPECT_GT(test, l, r) UNIT_BINARY_(test, false, l, >, r, "")
#define KUNIT_EXPECT_GE(test, l, r) UNIT_BINARY_(test, false, l, >=, r, "")
#define KUNIT_ASSERT_EQ(test, l, r) UNIT_BINARY_(test, true, l, ==, r, "")
#define KUNIT_ASSERT_NE(test, l, r) UNIT_BINARY_(test, true, l, !=, r, "")
#define KUNIT_ASSERT_LT(test, l, r) UNIT_BINARY_(test, true, l, <, r, "")
#define KUNIT_ASSERT_LE(test, l, r) UNIT_BINARY_(test, true, l, <=, r, "")
#define KUNIT_ASSERT_GT(test, l, r) UNIT_BINARY_(test, true, l, >, r, "")
#define KUNIT_ASSERT_GE(test, l, r) UNIT_BINARY_(test, true, l, >=, r, "")
#define KUNIT_EXPECT_EQ_MSG(test, l, r, ...) \
	UNIT_BINARY_(test, false, l, ==, r, __VA_ARGS__)
#define KUNIT_EXPECT_LE_MSG(test, l, r, ...) \
	UNIT_BINARY_(test, false, l, <=, r, __VA_ARGS__)
#define KUNIT_ASSERT_EQ_MSG(test, l, r, ...) \
	UNIT_BINARY_(test, true, l, ==, r, __VA_ARGS__)
#define KUNIT_ASSERT_LE_MSG(test, l, r, ...) \
	UNIT_BINARY_(test, true, l, <=, r, __VA_ARGS__)

#define KUNIT_EXPECT_TRUE(test, c) UNIT_CHECK_(test, false, c, #c)
#define KUNIT_EXPECT_FALSE(test, c) UNIT_CHECK_(test, false, !(c), "not " #c)
#define KUNIT_ASSERT_TRUE(test, c) UNIT_CHECK_(test, true, c, #c)
#define KUNIT_ASSERT_FALSE(test, c) UNIT_CHECK_(test, true, !(c), "not " #c)

#define UNIT_CHECK_MSG_(test, fatal, ok, text, ...) \
	do { \
		if (!(ok)) { \
			unit_message(__VA_ARGS__); \
			unit_fail(test, fatal, __FILE__, __LINE__, "expected %s", text); \
		} \
	} while (0)

#define KUNIT_EXPECT_TRUE_MSG(test, c, ...) \
	UNIT_CHECK_MSG_(test, false, c, #c, __VA_ARGS__)
#define KUNIT_ASSERT_TRUE_MSG(test, c, ...) \
	UNIT_CHECK_MSG_(test, true, c, #c, __VA_ARGS__)
#define KUNIT_EXPECT_FALSE_MSG(test, c, ...) \
	UNIT_CHECK_MSG_(test, false, !(c), "not " #c, __VA_ARGS__)
#define KUNIT_ASSERT_FALSE_MSG(test, c, ...) \
	UNIT_CHECK_MSG_(test, true, !(c), "not " #c, __VA_ARGS__)

#define KUNIT_EXPECT_NULL(test, p) UNIT_CHECK_(test, false, !(p), #p " NULL")
#define KUNIT_EXPECT_NOT_NULL(test, p) UNIT_CHECK_(test, false, p, #p)
#define KUNIT_ASSERT_NOT_NULL(test, p) UNIT_CHECK_(test, true, p, #p)
#define KUNIT_EXPECT_PTR_EQ(test, l, r) \
	UNIT_CHECK_(test, false, (const void *)(l) == (const void *)(r), \
		    #l " == " #r)
#define KUNIT_EXPECT_STREQ(test, l, r) \
	UNIT_CHECK_MSG_(test, false, !strcmp(l, r), #l " == " #r, \
			"\"%s\" and \"%s\"", l, r)
#define KUNIT_ASSERT_STREQ(test, l, r) \
	UNIT_CHECK_MSG_(test, true, !strcmp(l, r), #l " == " #r, \
			"\"%s\" and \"%s\"", l, r)
#define KUNIT_EXPECT_MEMEQ(test, l, r, n) \
	UNIT_CHECK_(test, false, !memcmp(l, r, n), #l " equal to " #r)
#define KUNIT_ASSERT_MEMEQ(test, l, r, n) \
	UNIT_CHECK_(test, true, !memcmp(l, r, n), #l " equal to " #r)

#endif /* UNIT_KUNIT_TEST_H */
