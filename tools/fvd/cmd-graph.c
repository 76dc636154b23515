// SPDX-License-Identifier: GPL-2.0-only
/*
 * fvd graph: the block stack below and above open images.
 */
#include <json-c/json.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>

#include "cli.h"
#include "dm.h"
#include "report.h"
#include "stack.h"
#include "status-line.h"

enum { OPTION_ALL, OPTION_FORMAT, OPTION_INTERVAL };

static const struct cli_option options[] = {
	{ "all", NULL, "all open images; default if there is no NAME" },
	{ "format", "FORMAT", "text, dot, svg or json; default: text" },
	{ "interval", "SECONDS", "watch so long and tell rates" },
	{ NULL },
};

#define LINE_BYTES	512
#define MAX_LINES	24

/* What is said of a node, for people: its first line is its name. */
struct lines {
	char line[MAX_LINES][LINE_BYTES];
	unsigned int nr;
};

static void __printf(2, 3) add_line(struct lines *lines, const char *format, ...)
{
	va_list args;

	if (lines->nr == MAX_LINES)
		return;
	va_start(args, format);
	vsnprintf(lines->line[lines->nr++], LINE_BYTES, format, args);
	va_end(args);
}

static u64 number_of(const struct status_line *status, const char *key)
{
	const char *value = status_line_value(status, key);

	return value ? strtoull(value, NULL, 10) : 0;
}

static void tell_fvd(struct lines *lines, const struct stack_target *target)
{
	struct status_line status;
	const char *prefetch;

	if (!target->status || !status_line_parse(&status, target->status))
		return;
	if (status.base_blocks)
		add_line(lines, "fvd: %s, %.1f %% local, in the base: %.1f %%",
			 status.mode,
			 100.0 * status.local_base_blocks / status.base_blocks,
			 100.0 - 100.0 * status.local_base_blocks /
			 status.base_blocks);
	else
		add_line(lines, "fvd: %s, no base", status.mode);
	if (status.chunks)
		add_line(lines, "chunks used: %llu of %llu",
			 (unsigned long long)status.used_chunks,
			 (unsigned long long)status.chunks);
	prefetch = status_line_value(&status, "prefetch");
	if (prefetch)
		add_line(lines, "prefetch: %s", prefetch);
	add_line(lines, "errors: base %llu, store %llu, no space %llu",
		 (unsigned long long)number_of(&status, "base_errors"),
		 (unsigned long long)number_of(&status, "store_errors"),
		 (unsigned long long)number_of(&status, "no_space"));
}

/* The rules stand at the end of sim's table line: "rules N RULE...". */
static void tell_sim(struct lines *lines, const struct stack_target *target)
{
	const char *rules = strstr(target->table ?: "", " rules ");
	char *copy, *word, *rest;

	if (target->status)
		add_line(lines, "sim: power %.*s",
			 (int)strcspn(target->status, " "), target->status);
	if (!rules)
		return;
	copy = strdup(rules + strlen(" rules "));
	rest = copy;
	word = strtok_r(rest, " ", &rest);
	while (word && (word = strtok_r(rest, " ", &rest)))
		add_line(lines, "rule: %s", word);
	free(copy);
}

static void tell_targets(struct lines *lines, const struct stack_node *node)
{
	const struct stack_target *target;
	unsigned int i;

	for (i = 0; i < node->nr_targets; i++) {
		target = &node->targets[i];
		if (!strcmp(target->type, "fvd"))
			tell_fvd(lines, target);
		else if (!strcmp(target->type, "sim"))
			tell_sim(lines, target);
		else
			add_line(lines, "%s, sectors %llu+%llu", target->type,
				 (unsigned long long)target->start,
				 (unsigned long long)target->nr_sectors);
	}
}

static void tell(struct lines *lines, const struct stack_node *node, bool rates)
{
	const struct stack_counters *counters = rates ? &node->rate :
							&node->counters;
	char size[32];

	lines->nr = 0;
	if (!node->number[0]) {
		add_line(lines, "%s %s", node->kind, node->name);
		return;
	}
	add_line(lines, "%s (%s %s, %s%s)", node->name, node->kind,
		 node->number, format_size(size, node->size_bytes),
		 node->is_read_only ? ", read-only" : "");
	if (node->detail[0])
		add_line(lines, "%s", node->detail);
	tell_targets(lines, node);
	add_line(lines, "%s: %llu of %llu KiB, %s: %llu of %llu KiB",
		 rates ? "reads/s" : "reads",
		 (unsigned long long)counters->reads,
		 (unsigned long long)counters->read_sectors / 2,
		 rates ? "writes/s" : "writes",
		 (unsigned long long)counters->writes,
		 (unsigned long long)counters->written_sectors / 2);
}

static bool is_used(const struct stack *stack, unsigned int at)
{
	unsigned int i;

	for (i = 0; i < stack->nr_edges; i++)
		if (stack->edges[i].lower == at)
			return true;
	return false;
}

/* What lies below two devices is shown below both. */
static void print_tree(const struct stack *stack, unsigned int at,
		       const char *role, unsigned int depth, bool rates)
{
	struct lines lines;
	unsigned int i;

	tell(&lines, &stack->nodes[at], rates);
	printf("%*s%s%s%s\n", 4 * depth, "", role, *role ? ": " : "",
	       lines.line[0]);
	for (i = 1; i < lines.nr; i++)
		printf("%*s  %s\n", 4 * depth, "", lines.line[i]);
	for (i = 0; i < stack->nr_edges; i++)
		if (stack->edges[i].upper == at)
			print_tree(stack, stack->edges[i].lower,
				   stack->edges[i].role, depth + 1, rates);
}

static void print_text(const struct stack *stack, bool rates)
{
	unsigned int at;

	for (at = 0; at < stack->nr_nodes; at++)
		if (!is_used(stack, at))
			print_tree(stack, at, "", 0, rates);
}

static void print_quoted(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
}

static void print_dot_node(FILE *out, const struct stack_node *node,
			   unsigned int at, bool rates)
{
	struct lines lines;
	unsigned int i;

	tell(&lines, node, rates);
	fprintf(out, "\tn%u [shape=%s, label=\"", at,
		node->number[0] ? "box" : "ellipse");
	for (i = 0; i < lines.nr; i++) {
		print_quoted(out, lines.line[i]);
		fprintf(out, i + 1 < lines.nr ? "\\n" : "\"];\n");
	}
}

static void print_dot(FILE *out, const struct stack *stack, bool rates)
{
	const struct stack_edge *edge;
	unsigned int i;

	fprintf(out, "digraph fvd {\n\tnode [fontname=\"sans-serif\"];\n");
	for (i = 0; i < stack->nr_nodes; i++)
		print_dot_node(out, &stack->nodes[i], i, rates);
	for (i = 0; i < stack->nr_edges; i++) {
		edge = &stack->edges[i];
		fprintf(out, "\tn%u -> n%u [label=\"%s\"];\n", edge->upper,
			edge->lower, edge->role);
	}
	fprintf(out, "}\n");
}

static int print_svg(const struct stack *stack, bool rates)
{
	FILE *out;
	int r;

	fflush(stdout);
	out = popen("dot -Tsvg", "w");
	if (!out) {
		message("dot", "%s", strerror(errno));
		return EXIT_FAILED;
	}
	/* Where there is no dot there is nobody who reads. */
	signal(SIGPIPE, SIG_IGN);
	print_dot(out, stack, rates);
	r = pclose(out);
	signal(SIGPIPE, SIG_DFL);
	if (r) {
		message("dot", "failed; --format svg needs Graphviz");
		return EXIT_FAILED;
	}
	return EXIT_OK;
}

static void add_number(struct json_object *object, const char *key, u64 value)
{
	json_object_object_add(object, key, json_object_new_uint64(value));
}

static void add_text(struct json_object *object, const char *key,
		     const char *value)
{
	json_object_object_add(object, key, value && *value ?
			       report_string(value) : NULL);
}

static struct json_object *counters_object(const struct stack_counters *counters)
{
	struct json_object *object = json_object_new_object();

	add_number(object, "reads", counters->reads);
	add_number(object, "read_sectors", counters->read_sectors);
	add_number(object, "writes", counters->writes);
	add_number(object, "written_sectors", counters->written_sectors);
	add_number(object, "in_flight", counters->in_flight);
	return object;
}

static struct json_object *node_object(const struct stack_node *node, bool rates)
{
	struct json_object *object = json_object_new_object(), *array, *target;
	unsigned int i;

	add_text(object, "name", node->name);
	add_text(object, "number", node->number);
	add_text(object, "kind", node->kind);
	add_text(object, "detail", node->detail);
	add_number(object, "size_bytes", node->size_bytes);
	json_object_object_add(object, "read_only",
			       json_object_new_boolean(node->is_read_only));
	json_object_object_add(object, "counters",
			       counters_object(&node->counters));
	if (rates)
		json_object_object_add(object, "rates",
				       counters_object(&node->rate));
	array = json_object_new_array();
	for (i = 0; i < node->nr_targets; i++) {
		target = json_object_new_object();
		add_text(target, "type", node->targets[i].type);
		add_number(target, "start", node->targets[i].start);
		add_number(target, "sectors", node->targets[i].nr_sectors);
		add_text(target, "table", node->targets[i].table);
		add_text(target, "status", node->targets[i].status);
		json_object_array_add(array, target);
	}
	json_object_object_add(object, "targets", array);
	return object;
}

static void print_json(const struct stack *stack, bool rates)
{
	struct json_object *object = json_object_new_object();
	struct json_object *nodes = json_object_new_array();
	struct json_object *edges = json_object_new_array(), *edge;
	unsigned int i;

	for (i = 0; i < stack->nr_nodes; i++)
		json_object_array_add(nodes, node_object(&stack->nodes[i], rates));
	for (i = 0; i < stack->nr_edges; i++) {
		edge = json_object_new_object();
		add_number(edge, "upper", stack->edges[i].upper);
		add_number(edge, "lower", stack->edges[i].lower);
		add_text(edge, "role", stack->edges[i].role);
		json_object_array_add(edges, edge);
	}
	json_object_object_add(object, "nodes", nodes);
	json_object_object_add(object, "edges", edges);
	report_print_json(object);
}

static int collect_one(struct stack *stack, const struct dm_device *device)
{
	char number[STACK_WORD_BYTES];

	snprintf(number, sizeof(number), "%u:%u", device->major, device->minor);
	return stack_add(stack, number);
}

static int collect(struct stack *stack, const char *name)
{
	struct dm_device one, *devices;
	unsigned int i, nr;
	int r;

	if (name)
		return dm_find(name, &one) ?: collect_one(stack, &one);
	r = dm_list_devices(&devices, &nr);
	for (i = 0; !r && i < nr; i++)
		r = collect_one(stack, &devices[i]);
	free(devices);
	return r;
}

static int print(const struct stack *stack, const char *format, bool rates)
{
	if (!strcmp(format, "svg"))
		return print_svg(stack, rates);
	if (!strcmp(format, "dot"))
		print_dot(stdout, stack, rates);
	else if (!strcmp(format, "json"))
		print_json(stack, rates);
	else
		print_text(stack, rates);
	return EXIT_OK;
}

static bool is_format(const char *word)
{
	return !strcmp(word, "text") || !strcmp(word, "dot") ||
		!strcmp(word, "svg") || !strcmp(word, "json");
}

static int run(const struct command *command, int argc, char **argv)
{
	const char *format = "text";
	unsigned int seconds = 0;
	struct stack stack = { };
	bool all = false;
	struct cli cli;
	int id, r;

	cli_begin(&cli, command, argc, argv);
	while ((id = cli_next(&cli)) >= 0) {
		if (id == OPTION_ALL)
			all = true;
		else if (id == OPTION_FORMAT)
			format = cli.argument;
		else
			seconds = cli_number(&cli, "interval", 86400);
	}
	if (!is_format(format))
		cli_usage_error(command, "--format: expected text, dot, svg or json, found \"%s\"",
				format);
	if (all && cli.nr_operands)
		cli_usage_error(command, "--all and a NAME exclude each other");
	dm_begin();
	r = collect(&stack, cli.nr_operands ? cli.operands[0] : NULL);
	if (!r && seconds)
		stack_measure(&stack, seconds);
	if (!r)
		r = print(&stack, cli.json ? "json" : format, seconds);
	stack_free(&stack);
	return r;
}

const struct command command_graph = {
	.name = "graph",
	.summary = "draw the block stack of open images",
	.operands = "[NAME]",
	.min_operands = 0,
	.max_operands = 1,
	.reports = true,
	.options = options,
	.run = run,
};
