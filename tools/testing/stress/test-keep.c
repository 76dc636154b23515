// SPDX-License-Identifier: GPL-2.0-only
/* Sets of request indices: stress-keep. */
#include <stdlib.h>
#include <string.h>

#include "stress-keep.h"
#include "stress-random.h"
#include "test.h"

static void list_is_read_and_written(void)
{
	static const char *const lists[] = { "0", "3-7,9,11-", "0-99,200" };
	struct stress_keep keep = { };
	char *text;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(lists); i++) {
		EXPECT(!keep_parse(&keep, lists[i]));
		text = keep_text(&keep);
		EXPECT(text && !strcmp(text, lists[i]));
		free(text);
	}
	EXPECT(!keep_parse(&keep, "3-7,9,11-"));
	EXPECT(!keep_has(&keep, 2) && keep_has(&keep, 3));
	EXPECT(keep_has(&keep, 7) && !keep_has(&keep, 8));
	EXPECT(keep_has(&keep, 9) && !keep_has(&keep, 10));
	EXPECT(keep_has(&keep, 11) && keep_has(&keep, 1ULL << 40));
	keep_free(&keep);
	EXPECT(keep_has(&keep, 2));
}

static void nonsense_is_refused(void)
{
	static const char *const lists[] = {
		"", "a", "1-0", "1,1", "2,1", "1,,2", "1-2-3", "-1", "1 2",
		"99999999999999999999", "1-,2",
	};
	struct stress_keep keep = { };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(lists); i++)
		EXPECT(keep_parse(&keep, lists[i]) && !keep.count);
}

static void flags_and_text_agree(void)
{
	struct stress_random random = { .state = test_seed() };
	struct stress_keep keep = { }, again = { };
	bool flags[300];
	char *text;
	u32 i, round;

	for (round = 0; round < 20; round++) {
		for (i = 0; i < ARRAY_SIZE(flags); i++)
			flags[i] = i == 7 || random_chance(&random, 50);
		EXPECT(!keep_from_flags(&keep, flags, ARRAY_SIZE(flags)));
		text = keep_text(&keep);
		EXPECT(text && !keep_parse(&again, text));
		for (i = 0; i < ARRAY_SIZE(flags); i++)
			EXPECT(keep_has(&again, i) == flags[i]);
		free(text);
	}
	keep_free(&keep);
	keep_free(&again);
}

const struct test_case keep_tests[] = {
	{ "keep: a list is read, written and obeyed",
	  list_is_read_and_written },
	{ "keep: nonsense is refused", nonsense_is_refused },
	{ "keep: flags and text agree", flags_and_text_agree },
	{ }
};
