// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reports as text and JSON.
 */
#include <json-c/json.h>
#include <stdarg.h>

#include "cli.h"
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

/* JSON is UTF-8; a hint or label from an image may be anything. */
static struct json_object *make_string(const char *value)
{
	struct json_object *string;
	size_t i, nr = strlen(value);
	char *copy = strdup(value);

	if (!copy)
		return NULL;
	for (i = 0; i < nr; i++)
		if ((unsigned char)copy[i] > 126)
			copy[i] = '?';
	string = json_object_new_string(copy);
	free(copy);
	return string;
}

/* No control characters on somebody's terminal. */
static void print_clean(const char *value)
{
	for (; *value; value++)
		putchar((unsigned char)*value < 32 || *value == 127 ? '?' :
			*value);
	putchar('\n');
}

void report_text(struct report *report, const char *key, const char *label,
		 const char *value)
{
	json_object_object_add(report->object, key,
			       value ? make_string(value) : NULL);
	if (!report->json && label && value) {
		print_label(report, label);
		print_clean(value);
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
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}
