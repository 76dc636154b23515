/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a command reports: lines for people, or the same as JSON.
 *
 * A value has a key (JSON) and a label (text; NULL: only in JSON). Text comes
 * out at once, JSON at the end.
 */
#ifndef REPORT_H
#define REPORT_H

#include "fvd-portability.h"

struct json_object;

struct report {
	bool json;
	struct json_object *object;
};

/** report_begin() - an empty report. */
void report_begin(struct report *report, bool json);

/** report_end() - print the JSON, free everything. */
void report_end(struct report *report);

/** report_text() - a string, made clean; NULL is null, and no line. */
void report_text(struct report *report, const char *key, const char *label,
		 const char *value);

/** report_number() - a plain number. */
void report_number(struct report *report, const char *key, const char *label,
		   u64 value);

/** report_size() - bytes; text shows "10 GiB (10737418240 bytes)". */
void report_size(struct report *report, const char *key, const char *label,
		 u64 nr_bytes);

/** report_flag() - true or false; text shows yes or no. */
void report_flag(struct report *report, const char *key, const char *label,
		 bool value);

/** report_line() - text only: a whole line. */
void report_line(struct report *report, const char *format, ...)
	__printf(2, 3);

/** report_print_line() - a line of text, without control characters. */
void report_print_line(const char *format, ...)
	__printf(1, 2);

/**
 * report_string() - a string for JSON, which is UTF-8.
 *
 * A hint, label or name of a file may be anything: other bytes become '?'.
 * Returns: NULL, which is null, without memory.
 */
struct json_object *report_string(const char *value);

/** report_print_json() - print @object and free it. */
void report_print_json(struct json_object *object);

#endif /* REPORT_H */
