// SPDX-License-Identifier: GPL-2.0-only
/*
 * The three texts that dm-sim takes from outside: rules, lines of a trace, the
 * words of a power cut. What is accepted must print as a text that makes the
 * same thing again.
 *
 * Input: a byte that picks the kind of text, then the text.
 */
#include "sim-cut.h"
#include "sim-replay.h"
#include "sim-rule.h"
#include "sim-trace.h"

struct text {
	struct sim_text text;
	char buffer[512];
};

static struct sim_text *text_start(struct text *text)
{
	sim_text_init(&text->text, text->buffer, sizeof(text->buffer));
	return &text->text;
}

static void fuzz_rule(const char *word)
{
	struct text why, first, second;
	struct sim_rule rule;

	if (sim_rule_parse(&rule, word, text_start(&why)))
		return;
	sim_rule_print(&rule, text_start(&first));
	if (sim_rule_parse(&rule, first.buffer, text_start(&why)))
		abort();
	sim_rule_print(&rule, text_start(&second));
	if (strcmp(first.buffer, second.buffer))
		abort();
}

static void fuzz_trace(const char *line)
{
	struct sim_trace_record record, again;
	struct text why, text;

	if (sim_trace_parse(&record, line, text_start(&why)))
		return;
	sim_trace_print(&record, text_start(&text));
	if (sim_trace_parse(&again, text.buffer, text_start(&why)) ||
	    memcmp(&record, &again, sizeof(record)))
		abort();
}

static void fuzz_cut(char *word)
{
	struct sim_unit units[3] = { { .number = 3, .damage = 3 },
				     { .number = 7 }, { .number = 9, .block = 1 } };
	char *words[2] = { word, strchr(word, ' ') };
	struct sim_outcome outcome;
	struct sim_cut cut;
	struct text why;

	if (words[1])
		*words[1]++ = '\0';
	if (sim_cut_parse(&cut, words[1] ? 2 : 1, words, 1, text_start(&why)))
		return;
	sim_cut_decide(&cut, units, 2, &outcome);
	if (outcome.index >= 2)
		abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	char text[257] = "";

	if (!size || size > sizeof(text))
		return 0;
	memcpy(text, data + 1, size - 1);
	switch (data[0] % 3) {
	case 0:
		fuzz_rule(text);
		break;
	case 1:
		fuzz_trace(text);
		break;
	default:
		fuzz_cut(text);
		break;
	}
	return 0;
}
