/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The block stack of a device: what it lies on, down to the disks, and who uses
 * it, up to mounts. From sysfs and device-mapper.
 */
#ifndef STACK_H
#define STACK_H

#include <stdbool.h>
#include <stdint.h>

#include "fvd-portability.h"

#define STACK_NAME_BYTES	256
#define STACK_WORD_BYTES	64

/** struct stack_target - one target of a device-mapper device. */
struct stack_target {
	u64 start;
	u64 nr_sectors;
	char type[STACK_WORD_BYTES];
	char *table;
	char *status;
};

/** struct stack_counters - of a block device since it exists. */
struct stack_counters {
	u64 reads;
	u64 read_sectors;
	u64 writes;
	u64 written_sectors;
	u64 in_flight;
};

/**
 * struct stack_node - a block device, or one who uses it.
 * @number: "MAJOR:MINOR"; empty for a user
 * @kind: "dm", "disk", "partition", "loop", "mount"
 * @detail: backing file, or model
 * @rate: of the counters, for a second; if asked for
 */
struct stack_node {
	char number[STACK_WORD_BYTES];
	char name[STACK_NAME_BYTES];
	char kind[STACK_WORD_BYTES];
	char detail[STACK_NAME_BYTES];
	u64 size_bytes;
	bool is_read_only;
	struct stack_counters counters;
	struct stack_counters rate;
	struct stack_target *targets;
	unsigned int nr_targets;
};

/** struct stack_edge - @upper uses @lower; @role says as what, or is empty. */
struct stack_edge {
	unsigned int upper;
	unsigned int lower;
	char role[STACK_WORD_BYTES];
};

struct stack {
	struct stack_node *nodes;
	unsigned int nr_nodes;
	struct stack_edge *edges;
	unsigned int nr_edges;
};

/**
 * stack_add() - a device with all below and above it.
 * @stack: all zeros, or with what was added before
 * @number: "MAJOR:MINOR"
 *
 * Says what is wrong. Returns: an exit code.
 */
int stack_add(struct stack *stack, const char *number);

/** stack_read_counters() - of the block device MAJOR:MINOR; 0 if there is none. */
void stack_read_counters(const char *number, struct stack_counters *counters);

/** stack_measure() - wait so long and fill in the rates. */
void stack_measure(struct stack *stack, unsigned int seconds);

/** stack_free() - all of it. */
void stack_free(struct stack *stack);

#endif /* STACK_H */
