// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table line and the status line: what is understood, what is refused.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../fvd/progress-line.h"
#include "../../fvd/status-line.h"
#include "../../fvd/table-line.h"

#define CHECK(condition) \
	do { \
		if (!(condition)) { \
			printf("line %d: %s\n", __LINE__, #condition); \
			exit(1); \
		} \
	} while (0)

static void check_status(void)
{
	static struct status_line s;

	CHECK(status_line_parse(&s, "1/2 3/4 5/6 4 mode_x 7 key value rw"));
	CHECK(s.local_base_blocks == 1 && s.base_blocks == 2);
	CHECK(s.used_chunks == 3 && s.chunks == 4);
	CHECK(s.used_journal_blocks == 5 && s.journal_blocks == 6);
	CHECK(s.nr_pairs == 2 && !strcmp(s.mode, "rw"));
	CHECK(!strcmp(status_line_value(&s, "key"), "value"));
	CHECK(!status_line_value(&s, "other"));
	CHECK(status_line_parse(&s, "0/0 0/0 0/16 0 ro"));
	CHECK(status_line_parse(&s, "0/0 0/0 0/16 0 ro something new"));
	CHECK(status_line_parse(&s, "Fail") && !strcmp(s.mode, "fail"));
	CHECK(!status_line_parse(&s, ""));
	CHECK(!status_line_parse(&s, "1/2 3/4 5/6 3 a b c rw"));
	CHECK(!status_line_parse(&s, "1/2 3/4 5/6 4 a b rw"));
	CHECK(!status_line_parse(&s, "1/2 3/4 5/6 4000000000 a b rw"));
	CHECK(!status_line_parse(&s, "1/2 3/4 5/6 0"));
	CHECK(!status_line_parse(&s, "1/x 3/4 5/6 0 rw"));
}

static void check_table(void)
{
	static struct table_line t;
	char text[TABLE_LINE_BYTES];

	CHECK(table_line_parse(&t, "7:0 7:1 - 1 no_discard 2 a b"));
	CHECK(table_line_format(&t, text, sizeof(text)));
	CHECK(!strcmp(text, "7:0 7:1 - 1 no_discard 2 a b"));
	CHECK(table_line_parse(&t, "7:0 - -"));
	CHECK(table_line_format(&t, text, sizeof(text)));
	CHECK(!strcmp(text, "7:0 - - 0 0"));
	CHECK(!table_line_format(&t, text, 5));
	CHECK(!table_line_parse(&t, "7:0 -"));
	CHECK(!table_line_parse(&t, "7:0 - - 2 x"));
	CHECK(!table_line_parse(&t, "7:0 - - 0 3 a b c"));
	CHECK(!table_line_parse(&t, "7:0 - - 0 0 x"));
}

static void check_changes(void)
{
	static struct table_line t;
	char word[32];
	int i;

	CHECK(table_line_parse(&t, "7:0 - - 2 copy_on_read no_discard 2 a b"));
	CHECK(table_line_add_feature(&t, "no_copy_on_read"));
	CHECK(!table_line_has_feature(&t, "copy_on_read"));
	CHECK(table_line_add_feature(&t, "no_copy_on_read"));
	CHECK(t.nr_features == 2);
	CHECK(table_line_add_feature(&t, "copy_on_read"));
	CHECK(!table_line_has_feature(&t, "no_copy_on_read"));
	table_line_drop_feature(&t, "no_discard");
	CHECK(t.nr_features == 1);
	CHECK(table_line_set(&t, "a=5") && t.nr_settings == 1);
	CHECK(table_line_set(&t, "b=x=y") && t.nr_settings == 2);
	CHECK(!strcmp(t.settings[0].value, "5"));
	CHECK(!strcmp(t.settings[1].value, "x=y"));
	CHECK(!table_line_set(&t, "b=") && !table_line_set(&t, "=b"));
	CHECK(!table_line_set(&t, "b") && !table_line_set(&t, "b=c d"));
	CHECK(!table_line_add_feature(&t, ""));
	for (i = 0; i < TABLE_LINE_MAX_FEATURES - 1; i++) {
		snprintf(word, sizeof(word), "f%d", i);
		CHECK(table_line_add_feature(&t, word));
	}
	CHECK(!table_line_add_feature(&t, "one_too_many"));
}

static void check_progress_of(const char *status, const char *expected)
{
	static struct status_line line;
	char text[512];

	CHECK(status_line_parse(&line, status));
	progress_line_format(text, sizeof(text), &line, 4);
	if (strcmp(text, expected))
		printf("%s\n", text);
	CHECK(!strcmp(text, expected));
}

/* Pieces of status lines, and of what is made of them. */
#define HALF "2/4 0/0 1/9 "
#define RUNNING "prefetch running "
#define THROTTLE(why) "prefetch_throttle " why " "
#define RATE(bytes, seconds) \
	"prefetch_bytes_per_s " bytes " prefetch_remaining_s " seconds " "
#define BAR "[##..]  50.0 %, "
#define PREFETCH "2/4 blocks, rw, prefetch "

static void check_progress(void)
{
	static struct status_line line;
	char text[10];

	check_progress_of("1/4 0/0 1/9 0 rw", "[#...]  25.0 %, 1/4 blocks, rw");
	check_progress_of("0/0 0/0 1/9 0 ro", "[####] 100.0 %, 0/0 blocks, ro");
	check_progress_of(HALF "10 " RUNNING THROTTLE("guest") RATE("1572864", "3725")
			  "base_failing_ranges 0 rw",
			  "[##..]  50.0 % 1.5 MiB/s, 1:02:05 left, " PREFETCH "running (guest)");
	check_progress_of(HALF "12 prefetch retrying " THROTTLE("idle") RATE("0", "unknown")
			  "base_failing_ranges 2 base_given_up_ranges 1 rw",
			  BAR PREFETCH "retrying, base fails in 2 ranges, 1 given up");
	check_progress_of(HALF "6 " RUNNING "prefetch_wait throttle " THROTTLE("limit") "rw",
			  BAR PREFETCH "running (limit)");
	check_progress_of(HALF "6 " RUNNING "prefetch_wait space " THROTTLE("idle") "rw",
			  BAR PREFETCH "running (waits: space)");
	/* No room: cut, not overrun. */
	CHECK(status_line_parse(&line, "1/4 0/0 1/9 0 rw"));
	progress_line_format(text, sizeof(text), &line, 40);
	CHECK(strlen(text) == sizeof(text) - 1);
}

int main(void)
{
	check_progress();
	check_status();
	check_table();
	check_changes();
	return 0;
}
