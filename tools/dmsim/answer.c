// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the user gets to read: the target's words, or JSON made from them.
 *
 * JSON is one object for each command:
 *   {"device":"a","command":"list","ok":true,"result":...}
 */
#include "answer.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void json_string(const char *text, size_t length)
{
	size_t i;

	putchar('"');
	for (i = 0; i < length; i++) {
		unsigned char c = text[i];

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c == '\n')
			printf("\\n");
		else if (c < 0x20)
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

/* Decimal numbers stay numbers up to 18 digits: more lose digits in readers. */
static bool is_number(const char *word, size_t length)
{
	size_t at = length > 1 && *word == '-';
	size_t i;

	if (length - at > 18 || !length || (word[at] == '0' && length - at > 1))
		return false;
	for (i = at; i < length; i++) {
		if (!isdigit((unsigned char)word[i]))
			return false;
	}
	return true;
}

static void json_value(const char *word, size_t length)
{
	if (is_number(word, length))
		printf("%.*s", (int)length, word);
	else
		json_string(word, length);
}

/* Step to the next word of a line; returns its length, 0 at the end. */
static size_t next_word(const char **at)
{
	while (**at == ' ')
		(*at)++;
	return strcspn(*at, "\n ");
}

static void json_fields(const char **at, const char *const *names)
{
	const char *comma = "";
	size_t length;

	for (; *names && (length = next_word(at)) != 0; names++) {
		printf("%s\"%s\":", comma, *names);
		json_value(*at, length);
		*at += length;
		comma = ",";
	}
}

static const char *const bio_names[] = {
	"number", "phase", "op", "sector", "sectors", "device", "waits",
	"action", NULL
};

static const char *const trace_names[] = {
	"position", "kind", "device", "number", "op", "sector", "sectors",
	"tag", "action", "argument", "state", "status", "time", NULL
};

static const char *const rule_names[] = { "rule", NULL };
static const char *const hit_names[] = { "op", "action", "state", "hits", NULL };
static const char *const never_names[] = { "tag", "rule", NULL };
static const char *const counter_names[] = {
	"bios", "sectors", "delayed", "failed", "lost", NULL
};

static void json_pairs(const char *at)
{
	const char *comma = "";
	size_t length;

	while ((length = next_word(&at)) != 0) {
		printf("%s", comma);
		json_string(at, length);
		putchar(':');
		at += length;
		length = next_word(&at);
		json_value(at, length);
		at += length;
		comma = ",";
	}
}

/* A rule and its counters: "op=any,error matched 3 fired 1" */
static void json_rule(const char *at)
{
	json_fields(&at, rule_names);
	putchar(',');
	json_pairs(at);
}

static void json_coverage(const char *at)
{
	size_t length = next_word(&at);
	bool hit = length == 3;

	printf("\"fired\":%s,", hit ? "true" : "false");
	at += length;
	json_fields(&at, hit ? hit_names : never_names);
}

static void json_line(enum answer_shape shape, const char *line)
{
	putchar('{');
	if (shape == ANSWER_BIOS)
		json_fields(&line, bio_names);
	else if (shape == ANSWER_TRACE)
		json_fields(&line, trace_names);
	else if (shape == ANSWER_RULES)
		json_rule(line);
	else
		json_coverage(line);
	putchar('}');
}

static void json_lines(enum answer_shape shape, const char *answer)
{
	const char *comma = "";

	putchar('[');
	while (*answer) {
		printf("%s", comma);
		json_line(shape, answer);
		answer += strcspn(answer, "\n");
		answer += *answer == '\n';
		comma = ",";
	}
	putchar(']');
}

/* "on pass rail r seed 1 ... read 1 8 0 0 0 write ..." */
static void json_status(const char *at)
{
	static const char *const head[] = { "power", "mode", NULL };
	static const char *const ops[] = {
		"read", "write", "flush", "fua", "discard", "zeroes"
	};
	size_t length, i;

	putchar('{');
	json_fields(&at, head);
	while ((length = next_word(&at)) != 0) {
		putchar(',');
		json_string(at, length);
		putchar(':');
		for (i = 0; i < sizeof(ops) / sizeof(*ops); i++) {
			if (strlen(ops[i]) == length && !memcmp(ops[i], at, length))
				break;
		}
		at += length;
		if (i < sizeof(ops) / sizeof(*ops)) {
			putchar('{');
			json_fields(&at, counter_names);
			putchar('}');
			continue;
		}
		length = next_word(&at);
		json_value(at, length);
		at += length;
	}
	putchar('}');
}

static void json_result(enum answer_shape shape, const char *answer)
{
	size_t length = strcspn(answer, "\n");

	if (shape == ANSWER_STATUS) {
		json_status(answer);
	} else if (shape == ANSWER_PAIRS) {
		putchar('{');
		json_pairs(answer);
		putchar('}');
	} else if (shape != ANSWER_TEXT) {
		json_lines(shape, answer);
	} else if (!answer[length] || !answer[length + 1]) {
		json_value(answer, length);
	} else {
		json_string(answer, strlen(answer));
	}
}

static void json_head(const char *device, const char *command, bool ok)
{
	printf("{\"device\":");
	json_string(device, strlen(device));
	printf(",\"command\":");
	json_string(command, strlen(command));
	printf(",\"ok\":%s", ok ? "true" : "false");
}

void answer_print(bool json, enum answer_shape shape, const char *device,
		  const char *command, const char *answer)
{
	size_t length = strlen(answer);

	if (!json) {
		printf("%s%s", answer,
		       length && answer[length - 1] != '\n' ? "\n" : "");
	} else {
		json_head(device, command, true);
		printf(",\"result\":");
		json_result(shape, answer);
		printf("}\n");
	}
	fflush(stdout);
}

void answer_error(bool json, const char *device, const char *command,
		  const char *why)
{
	if (!json) {
		fprintf(stderr, "dmsim: %s: %s\n", device, why);
		return;
	}
	json_head(device, command, false);
	printf(",\"error\":");
	json_string(why, strlen(why));
	printf("}\n");
	fflush(stdout);
}
