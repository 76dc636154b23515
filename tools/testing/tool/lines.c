// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table line and the status line: what is understood, what is refused.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

int main(void)
{
	check_status();
	check_table();
	check_changes();
	return 0;
}
