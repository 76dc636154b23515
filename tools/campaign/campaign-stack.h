/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The devices: simulated disks on one power rail, the fvd device on top.
 *
 *	disk        fvd
 *	s-image     sim with a cache, rail r, on /dev/ram0 at IMAGE_AT
 *	s-data      sim with a cache, rail r, at DATA_AT; if there is one
 *	s-base      sim, rail r, at BASE_AT; if there is a base
 */
#ifndef CAMPAIGN_STACK_H
#define CAMPAIGN_STACK_H

#include "campaign-config.h"
#include "campaign-image.h"

#define DISK_PATH	"/dev/mapper/disk"
#define IMAGE_PATH	"/dev/mapper/s-image"
#define BASE_TAG	1
#define STACK_PARAMS_SIZE	700

/**
 * struct campaign_stack - the devices of a case
 * @config: the case
 * @disk_is_there: an fvd device exists
 * @is_kept: its place is kept by an error target
 * @without_base: the disk is opened without one: the image is complete
 * @nr_closed: how often it was closed
 * @disk_bytes: of the table line of fvd
 * @params: of the table line of fvd
 */
struct campaign_stack {
	const struct campaign_config *config;
	bool disk_is_there;
	bool is_kept;
	bool without_base;
	uint32_t nr_closed;
	uint64_t disk_bytes;
	char params[STACK_PARAMS_SIZE];
};

/**
 * struct stack_facts - what the status of the disk told
 * @complete: the image says that it does not need its base
 * @read_only: nothing is written any more
 * @prefetch: what that does
 */
struct stack_facts {
	bool complete;
	bool read_only;
	char prefetch[20];
};

/** stack_begin() - once: fill the lower device. Return: 0 or -1. */
int stack_begin(void);

/**
 * stack_make() - new simulated disks, stale content, a new image
 *
 * What an earlier case left is removed first, or used again if it was the same
 * case. Return: 0 or -1.
 */
int stack_make(struct campaign_stack *stack,
	       const struct campaign_config *config);

/** stack_unmake() - remove everything. Return: 0 or -1. */
int stack_unmake(struct campaign_stack *stack);

/** stack_release() - remove the fvd device only; the same case comes again */
int stack_release(struct campaign_stack *stack);

/** stack_open() - create the fvd device. Return: 0 or negative errno. */
int stack_open(struct campaign_stack *stack, bool read_only);

/** stack_close() - remove it, if it is there. Return: 0 or negative errno. */
int stack_close(struct campaign_stack *stack);

/** stack_params() - the table line of fvd with @copy_on_read. */
void stack_params(const struct campaign_config *config, bool copy_on_read,
		  bool read_only, char *text, int size);

/** stack_rule() - add a rule to a simulated disk; printf-like */
int stack_rule(const char *device, const char *format, ...)
	__printf(2, 3);

/** stack_sim() - any message to s-image; printf-like. Return: 0 or -errno. */
int stack_sim(const char *format, ...) __printf(1, 2);

/** stack_calm() - no rules any more */
void stack_calm(const struct campaign_stack *stack);

/** stack_is_on() - has the rail power? */
bool stack_is_on(void);

/** stack_image_read() - what is on the image device. Return: 0 or -1. */
int stack_image_read(char *image, uint64_t bytes);

/** stack_image_write() - put it there; fvd is not active. Return: 0 or -1. */
int stack_image_write(const char *image, uint64_t bytes);

/** stack_outside_is_changed() - the base, or what lies beside the image? */
bool stack_outside_is_changed(const struct campaign_stack *stack);

/** stack_look() - the disk's status. Return: 0 or negative errno. */
int stack_look(struct stack_facts *facts);

#endif /* CAMPAIGN_STACK_H */
