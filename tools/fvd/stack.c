// SPDX-License-Identifier: GPL-2.0-only
/*
 * The block stack of a device, from sysfs and device-mapper.
 *
 * Left out on purpose: what sysfs does not connect, such as a loop device with
 * the file system that its file lies in. The file's name is shown.
 */
#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli.h"
#include "dm.h"
#include "stack.h"
#include "table-line.h"

#define SYSFS_BLOCK	"/sys/dev/block"

static void *grow(void *array, unsigned int nr, size_t nr_bytes)
{
	void *bigger = reallocarray(array, nr + 1, nr_bytes);

	if (!bigger) {
		message("graph", "no memory");
		exit(EXIT_FAILED);
	}
	memset((char *)bigger + nr * nr_bytes, 0, nr_bytes);
	return bigger;
}

/* The first line of a file below a device's folder, or "". */
static void read_word(const char *number, const char *file, char *text,
		      size_t nr_bytes)
{
	char path[STACK_NAME_BYTES];
	FILE *stream;

	text[0] = '\0';
	snprintf(path, sizeof(path), SYSFS_BLOCK "/%s/%s", number, file);
	stream = fopen(path, "r");
	if (!stream)
		return;
	if (!fgets(text, nr_bytes, stream))
		text[0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	fclose(stream);
}

void stack_read_counters(const char *number, struct stack_counters *counters)
{
	unsigned long long n[9] = { 0 };
	char line[STACK_NAME_BYTES];

	read_word(number, "stat", line, sizeof(line));
	sscanf(line, "%llu %llu %llu %llu %llu %llu %llu %llu %llu", &n[0],
	       &n[1], &n[2], &n[3], &n[4], &n[5], &n[6], &n[7], &n[8]);
	counters->reads = n[0];
	counters->read_sectors = n[2];
	counters->writes = n[4];
	counters->written_sectors = n[6];
	counters->in_flight = n[8];
}

struct target_context {
	struct stack_node *node;
	unsigned int at;
};

static void take_table(void *context, u64 start, u64 nr_sectors,
		       const char *type, const char *params)
{
	struct stack_node *node = ((struct target_context *)context)->node;
	struct stack_target *target;

	node->targets = grow(node->targets, node->nr_targets,
			     sizeof(*node->targets));
	target = &node->targets[node->nr_targets++];
	target->start = start;
	target->nr_sectors = nr_sectors;
	snprintf(target->type, sizeof(target->type), "%s", type);
	target->table = strdup(params);
}

/* The table may have changed in between; then some have no status. */
static void take_status(void *context, u64 start, u64 nr_sectors,
			const char *type, const char *params)
{
	struct target_context *at = context;

	if (at->at >= at->node->nr_targets)
		return;
	at->node->targets[at->at++].status = strdup(params);
}

static void describe_dm(struct stack_node *node)
{
	struct target_context context = { .node = node };

	memcpy(node->kind, "dm", 3);
	/* Said already, and the rest of the stack is still worth showing. */
	if (dm_each_target(node->name, false, take_table, &context))
		return;
	if (dm_each_target(node->name, true, take_status, &context))
		return;
}

static void describe(struct stack_node *node)
{
	char text[STACK_NAME_BYTES], path[STACK_NAME_BYTES], *slash;
	ssize_t nr;

	snprintf(path, sizeof(path), SYSFS_BLOCK "/%s", node->number);
	nr = readlink(path, text, sizeof(text) - 1);
	text[nr < 0 ? 0 : nr] = '\0';
	slash = strrchr(text, '/');
	snprintf(node->name, sizeof(node->name), "%s", slash ? slash + 1 : "?");
	read_word(node->number, "size", text, sizeof(text));
	node->size_bytes = strtoull(text, NULL, 10) << FVD_SECTOR_SHIFT;
	read_word(node->number, "ro", text, sizeof(text));
	node->is_read_only = text[0] == '1';
	stack_read_counters(node->number, &node->counters);
	read_word(node->number, "dm/name", text, sizeof(text));
	if (text[0]) {
		memcpy(node->name, text, sizeof(node->name));
		describe_dm(node);
		return;
	}
	read_word(node->number, "partition", text, sizeof(text));
	if (text[0]) {
		memcpy(node->kind, "partition", 10);
		return;
	}
	read_word(node->number, "loop/backing_file", node->detail,
		  sizeof(node->detail));
	memcpy(node->kind, node->detail[0] ? "loop" : "disk", 5);
	if (!node->detail[0])
		read_word(node->number, "device/model", node->detail,
			  sizeof(node->detail));
}

/* As what does the upper one use the lower one? */
static void find_role(const struct stack *stack, struct stack_edge *edge)
{
	const struct stack_node *upper = &stack->nodes[edge->upper];
	const char *lower = stack->nodes[edge->lower].number;
	struct table_line line;

	if (!upper->nr_targets || strcmp(upper->targets[0].type, "fvd") ||
	    !upper->targets[0].table ||
	    !table_line_parse(&line, upper->targets[0].table))
		return;
	snprintf(edge->role, sizeof(edge->role), "%s%s%s",
		 !strcmp(line.image, lower) ? "image" : "",
		 !strcmp(line.base, lower) ? "base" : "",
		 !strcmp(line.data, lower) ? "data" : "");
}

static void add_edge(struct stack *stack, unsigned int upper, unsigned int lower)
{
	struct stack_edge *edge;
	unsigned int i;

	for (i = 0; i < stack->nr_edges; i++)
		if (stack->edges[i].upper == upper &&
		    stack->edges[i].lower == lower)
			return;
	stack->edges = grow(stack->edges, stack->nr_edges,
			    sizeof(*stack->edges));
	edge = &stack->edges[stack->nr_edges++];
	edge->upper = upper;
	edge->lower = lower;
	find_role(stack, edge);
}

static unsigned int add_node(struct stack *stack, const char *number);

/* All devices in a folder of links, "slaves" or "holders". */
static void add_links(struct stack *stack, unsigned int at, const char *folder)
{
	bool down = !strcmp(folder, "slaves");
	char path[STACK_NAME_BYTES], file[STACK_NAME_BYTES];
	char number[STACK_WORD_BYTES];
	struct dirent *entry;
	unsigned int other;
	DIR *dir;

	snprintf(path, sizeof(path), SYSFS_BLOCK "/%s/%s",
		 stack->nodes[at].number, folder);
	dir = opendir(path);
	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(file, sizeof(file), "%s/%.100s/dev", folder,
			 entry->d_name);
		read_word(stack->nodes[at].number, file, number,
			  sizeof(number));
		if (!number[0])
			continue;
		other = add_node(stack, number);
		add_edge(stack, down ? at : other, down ? other : at);
	}
	closedir(dir);
}

static void add_whole_disk(struct stack *stack, unsigned int at)
{
	char number[STACK_WORD_BYTES];

	if (strcmp(stack->nodes[at].kind, "partition"))
		return;
	read_word(stack->nodes[at].number, "../dev", number, sizeof(number));
	if (number[0])
		add_edge(stack, at, add_node(stack, number));
}

/* A space as mountinfo writes it: \040. What is not printable stays so. */
static bool is_escaped(const char *text)
{
	return text[0] == '\\' && strspn(text + 1, "01234567") >= 3 &&
		strncmp(text + 1, "040", 3) >= 0 &&
		strncmp(text + 1, "176", 3) <= 0;
}

static void decode_escapes(char *text)
{
	char *to = text;

	while (*text) {
		if (is_escaped(text)) {
			*to++ = (text[1] - '0') << 6 | (text[2] - '0') << 3 |
				(text[3] - '0');
			text += 4;
		} else {
			*to++ = *text++;
		}
	}
	*to = '\0';
}

static void add_mounts(struct stack *stack, unsigned int at)
{
	char number[STACK_WORD_BYTES], where[STACK_NAME_BYTES];
	FILE *stream = fopen("/proc/self/mountinfo", "r");
	struct stack_node *node;
	char *line = NULL;
	size_t room = 0;

	while (stream && getline(&line, &room, stream) > 0) {
		if (sscanf(line, "%*s %*s %63s %*s %255s", number, where) != 2 ||
		    strcmp(number, stack->nodes[at].number))
			continue;
		stack->nodes = grow(stack->nodes, stack->nr_nodes,
				    sizeof(*stack->nodes));
		node = &stack->nodes[stack->nr_nodes];
		decode_escapes(where);
		memcpy(node->name, where, sizeof(node->name));
		memcpy(node->kind, "mount", 6);
		add_edge(stack, stack->nr_nodes++, at);
	}
	free(line);
	if (stream)
		fclose(stream);
}

static unsigned int add_node(struct stack *stack, const char *number)
{
	unsigned int at;

	for (at = 0; at < stack->nr_nodes; at++)
		if (!strcmp(stack->nodes[at].number, number))
			return at;
	stack->nodes = grow(stack->nodes, stack->nr_nodes,
			    sizeof(*stack->nodes));
	snprintf(stack->nodes[at].number, STACK_WORD_BYTES, "%s", number);
	stack->nr_nodes++;
	describe(&stack->nodes[at]);
	add_links(stack, at, "slaves");
	add_links(stack, at, "holders");
	add_whole_disk(stack, at);
	add_mounts(stack, at);
	return at;
}

int stack_add(struct stack *stack, const char *number)
{
	char path[STACK_NAME_BYTES];

	snprintf(path, sizeof(path), SYSFS_BLOCK "/%s", number);
	if (access(path, R_OK)) {
		message(number, "%s: %s", path, strerror(errno));
		return EXIT_FAILED;
	}
	add_node(stack, number);
	return EXIT_OK;
}

void stack_measure(struct stack *stack, unsigned int seconds)
{
	struct stack_counters now, *then;
	struct stack_node *node;
	unsigned int i;

	sleep(seconds);
	for (i = 0; i < stack->nr_nodes; i++) {
		node = &stack->nodes[i];
		if (!node->number[0])
			continue;
		then = &node->counters;
		stack_read_counters(node->number, &now);
		node->rate.reads = (now.reads - then->reads) / seconds;
		node->rate.read_sectors =
			(now.read_sectors - then->read_sectors) / seconds;
		node->rate.writes = (now.writes - then->writes) / seconds;
		node->rate.written_sectors =
			(now.written_sectors - then->written_sectors) / seconds;
		*then = now;
	}
}

void stack_free(struct stack *stack)
{
	unsigned int i, j;

	for (i = 0; i < stack->nr_nodes; i++) {
		for (j = 0; j < stack->nodes[i].nr_targets; j++) {
			free(stack->nodes[i].targets[j].table);
			free(stack->nodes[i].targets[j].status);
		}
		free(stack->nodes[i].targets);
	}
	free(stack->nodes);
	free(stack->edges);
	memset(stack, 0, sizeof(*stack));
}
