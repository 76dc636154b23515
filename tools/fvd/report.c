// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reports as text and JSON.
 */
#include <json-c/json.h>
#include <stdarg.h>
#include <stdlib.h>

#include "cli.h"
#include "fvd-clean.h"
#include "report.h"

void report_begin(struct report *report, bool json)
{
	report->json = json;
	report->object = json_object_new_object();
}

void report_print_json(struct json_object *object)
{
	puts(json_object_to_json_string_ext(object,
					    JSON_C_TO_STRING_PRETTY |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}

void report_end(struct report *report)
{
	if (report->json)
		report_print_json(report->object);
	else
		json_object_put(report->object);
	report->object = NULL;
}

static void print_label(const struct report *report, const char *label)
{
	if (!report->json && label)
		printf("%s:%*s", label, (int)max_t(int, 1, 19 - strlen(label)),
		       "");
}

struct json_object *report_string(const char *value)
{
	struct json_object *string;
	char *copy = strdup(value);

	if (!copy)
		return NULL;
	fvd_clean_json(copy);
	string = json_object_new_string(copy);
	free(copy);
	return string;
}

static void put_line(const char *format, va_list args)
{
	char *line = NULL;

	if (vasprintf(&line, format, args) < 0)
		return;
	fvd_clean_line(line);
	puts(line);
	free(line);
}

void report_print_line(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put_line(format, args);
	va_end(args);
}

void report_text(struct report *report, const char *key, const char *label,
		 const char *value)
{
	json_object_object_add(report->object, key,
			       value ? report_string(value) : NULL);
	if (!report->json && label && value) {
		print_label(report, label);
		report_print_line("%s", value);
	}
}

void report_number(struct report *report, const char *key, const char *label,
		   u64 value)
{
	json_object_object_add(report->object, key,
			       json_object_new_uint64(value));
	print_label(report, label);
	if (!report->json && label)
		printf("%llu\n", (unsigned long long)value);
}

void report_size(struct report *report, const char *key, const char *label,
		 u64 nr_bytes)
{
	char text[32];

	json_object_object_add(report->object, key,
			       json_object_new_uint64(nr_bytes));
	print_label(report, label);
	if (report->json || !label)
		return;
	if (nr_bytes < 1024)
		printf("%llu bytes\n", (unsigned long long)nr_bytes);
	else
		printf("%s (%llu bytes)\n", format_size(text, nr_bytes),
		       (unsigned long long)nr_bytes);
}

void report_flag(struct report *report, const char *key, const char *label,
		 bool value)
{
	json_object_object_add(report->object, key,
			       json_object_new_boolean(value));
	print_label(report, label);
	if (!report->json && label)
		puts(value ? "yes" : "no");
}

void report_line(struct report *report, const char *format, ...)
{
	va_list args;

	if (report->json)
		return;
	va_start(args, format);
	put_line(format, args);
	va_end(args);
}
