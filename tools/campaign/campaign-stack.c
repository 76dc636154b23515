// SPDX-License-Identifier: GPL-2.0-only
/*
 * Left out on purpose: real lower devices. A RAM disk answers at once, and
 * dm-sim decides what is late, lost or durable.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "campaign-dm.h"
#include "campaign-stack.h"
#include "stress-pattern.h"

#define LOWER		"/dev/ram0"
#define SECTORS(bytes)	((bytes) / SECTOR_BYTES)
#define IMAGE_AT	0ULL
#define DATA_AT		CONFIG_IMAGE_MAX
#define BASE_AT		(DATA_AT + CONFIG_DISK_MAX)
#define HOLDER_AT	(BASE_AT + CONFIG_DISK_MAX)
/* Much more than a base is away for a moment, much less than a hang takes. */
#define STACK_QUEUE_MS	1000U

static int lower_fd = -1;
/* Stale content for image and data device; never changes. */
static char *stale;
/* Content of the base; never changes, whatever happens above it. */
static char *base;
/* The image device behind the creation of the image for this case. */
static char *pristine;
static uint64_t pristine_bytes;
static struct campaign_config made;

static int fill_lower(uint64_t at, const char *data, uint64_t bytes)
{
	if (pwrite(lower_fd, data, bytes, (off_t)at) == (ssize_t)bytes)
		return 0;
	printf("%s: write: %s\n", LOWER, strerror(errno));
	return -1;
}

static char *make_content(enum pattern_kind kind, uint64_t bytes)
{
	struct pattern_origin origin = { .kind = kind, .seed = BASE_TAG };
	char *data = aligned_alloc(4096, bytes);
	uint64_t at;

	for (at = 0; data && at < bytes; at += SECTOR_BYTES, origin.sector++)
		pattern_fill(data + at, &origin);
	return data;
}

/*
 * The slabs of bios are shared by all devices that need the same size, and die
 * with the last of them, at a quarter of the price of a round. Two idle devices
 * keep them alive.
 */
static int make_holders(void)
{
	struct campaign_config config = {
		.disk_bytes = 1 << 20,
		.sector_bytes = SECTOR_BYTES,
		.block_bytes = 4096,
		.journal_bytes = 65536,
	};
	char params[100];
	int r;

	snprintf(params, sizeof(params), LOWER " %llu", SECTORS(HOLDER_AT));
	r = dm_create("h-lower", SECTORS(image_size(&config)), "linear",
		      params, false);
	if (!r)
		r = image_create(&config, "/dev/mapper/h-lower", NULL);
	if (!r)
		r = dm_create("h-fvd", SECTORS(config.disk_bytes), "fvd",
			      "/dev/mapper/h-lower - -", false);
	if (!r)
		r = dm_create("h-error", 1, "error", "", false);
	if (r)
		printf("idle devices: %s\n", strerror(-r));
	return r;
}

int stack_begin(void)
{
	int r;

	base = make_content(PATTERN_BASE, CONFIG_DISK_MAX);
	stale = make_content(PATTERN_STALE, BASE_AT);
	lower_fd = open(LOWER, O_RDWR | O_DIRECT | O_CLOEXEC);
	if (lower_fd < 0 || !stale || !base) {
		printf("%s: %s\n", LOWER, strerror(errno));
		return -1;
	}
	r = fill_lower(BASE_AT, base, CONFIG_DISK_MAX);
	return r ? r : make_holders();
}

static int make_sim(const char *name, uint64_t at, uint64_t bytes,
		    const struct campaign_config *config, bool cache)
{
	char params[200], room[60] = "";
	int r;

	if (cache)
		snprintf(room, sizeof(room), " cache %u block_bytes %u",
			 config->cache_bytes, config->sector_bytes);
	snprintf(params, sizeof(params),
		 LOWER " %llu %d seed %llu rail r mode %s max_delay_us %u%s",
		 (unsigned long long)SECTORS(at), cache ? 12 : 8,
		 (unsigned long long)config->seed,
		 config->max_delay_us ? "auto" : "pass", config->max_delay_us,
		 room);
	r = dm_create(name, SECTORS(bytes), "sim", params, false);
	if (r)
		printf("%s: %s: %s\n", name, params, strerror(-r));
	return r;
}

void stack_params(const struct campaign_config *config, bool copy_on_read,
		  bool read_only, char *text, int size)
{
	const struct campaign_prefetch *prefetch = &config->prefetch;

	snprintf(text, size,
		 IMAGE_PATH
		 " %s %s %d %s%s%s 26 commit_interval_ms %u copy_on_read_limit_bytes %u fetch_window_bytes %u prefetch_start_delay_s %d prefetch_slots %u prefetch_slot_bytes %u prefetch_throttle_ms %u prefetch_max_read_kib_per_s %u base_policy %s base_retry_first_ms 1 base_retry_longest_ms 200 base_retry_limit %u base_queue_ms %u",
		 config->base_bytes ? "/dev/mapper/s-base" : "-",
		 config->layout == LAYOUT_DATA_DEVICE ? "/dev/mapper/s-data" :
		 "-", 1 + !config->discard + read_only,
		 copy_on_read ? "copy_on_read" : "no_copy_on_read",
		 config->discard ? "" : " no_discard",
		 read_only ? " read_only" : "", config->commit_ms,
		 config->copy_on_read_limit, config->fetch_window,
		 prefetch->delay_s, prefetch->slots, prefetch->slot_bytes,
		 prefetch->throttle_ms, prefetch->max_kib_per_s,
		 policy_name(config->policy), config->retry_limit,
		 STACK_QUEUE_MS);
}

static int remove_all(void)
{
	int r = dm_remove("disk");

	if (!r)
		r = dm_remove("s-base");
	if (!r)
		r = dm_remove("s-data");
	if (!r)
		r = dm_remove("s-image");
	if (r)
		printf("remove: %s\n", strerror(-r));
	return r ? -1 : 0;
}

int stack_release(struct campaign_stack *stack)
{
	int r;

	stack->disk_is_there = false;
	stack_sim("power_on");
	stack_calm(stack);
	r = dm_remove("disk");
	if (r)
		printf("remove: %s\n", strerror(-r));
	return r;
}

int stack_unmake(struct campaign_stack *stack)
{
	pristine_bytes = 0;
	stack->disk_is_there = false;
	if (stack_sim("power_on") == 0)
		stack_calm(stack);
	return remove_all();
}

static int make_sims(const struct campaign_config *config, uint64_t bytes)
{
	if (make_sim("s-image", IMAGE_AT, bytes, config, true))
		return -1;
	if (config->layout == LAYOUT_DATA_DEVICE &&
	    make_sim("s-data", DATA_AT, config->disk_bytes, config, true))
		return -1;
	if (config->base_bytes &&
	    make_sim("s-base", BASE_AT, config->base_bytes, config, false))
		return -1;
	return 0;
}

/*
 * The same case again, as in a walk: the simulated disks are there, and what a
 * new image looks like is known. A cut empties the caches, and the seed begins
 * a new run.
 */
static int make_again(const struct campaign_config *config)
{
	stack_sim("power_cut keep none");
	if (fill_lower(IMAGE_AT, pristine, pristine_bytes) ||
	    (config->layout == LAYOUT_DATA_DEVICE &&
	     fill_lower(DATA_AT, stale, config->disk_bytes)))
		return -1;
	return stack_sim("power_on") ||
	       stack_sim("seed %llu", (unsigned long long)config->seed) ?
	       -1 : 0;
}

static int remember(const struct campaign_config *config, uint64_t bytes)
{
	if (!pristine)
		pristine = aligned_alloc(4096, CONFIG_IMAGE_MAX);
	if (!pristine || pread(lower_fd, pristine, bytes, IMAGE_AT) !=
	    (ssize_t)bytes)
		return -1;
	pristine_bytes = bytes;
	made = *config;
	return 0;
}

/* What the driver leaves to chance follows from the case, too. */
static int seed_jitter(uint64_t seed)
{
	FILE *file = fopen("/sys/module/dm_fvd/parameters/jitter_seed", "w");
	int r;

	if (!file)
		return -1;
	r = fprintf(file, "%llu", (unsigned long long)(seed | 1)) < 0;
	return fclose(file) || r ? -1 : 0;
}

int stack_make(struct campaign_stack *stack,
	       const struct campaign_config *config)
{
	uint64_t bytes = image_size(config);

	memset(stack, 0, sizeof(*stack));
	stack->config = config;
	stack->disk_bytes = config->disk_bytes;
	if (seed_jitter(config->seed))
		return -1;
	if (pristine_bytes && !memcmp(&made, config, sizeof(made)))
		return make_again(config);
	pristine_bytes = 0;
	if (!bytes || bytes > CONFIG_IMAGE_MAX || remove_all() ||
	    fill_lower(IMAGE_AT, stale, bytes) ||
	    fill_lower(DATA_AT, stale, config->disk_bytes / 4096 * 4096) ||
	    make_sims(config, bytes))
		return -1;
	if (image_create(config, IMAGE_PATH, config->base_bytes ?
			 "/dev/mapper/s-base" : NULL))
		return -1;
	return remember(config, bytes);
}

/*
 * To make and remove a device costs several times as much as to exchange its
 * table. The table of an error target in between lets go of the image.
 */
static int exchange(const struct campaign_stack *stack, const char *target,
		    const char *params, bool read_only)
{
	int r = dm_load("disk", SECTORS(stack->disk_bytes), target, params,
			read_only);

	if (!r)
		r = dm_suspend("disk", true);
	return r ? r : dm_resume("disk");
}

int stack_open(struct campaign_stack *stack, bool read_only)
{
	struct campaign_config config = *stack->config;
	int r;

	if (stack->without_base)
		config.base_bytes = 0;
	stack_params(&config, config.copy_on_read, read_only, stack->params,
		     sizeof(stack->params));
	if (stack->is_kept)
		r = exchange(stack, "fvd", stack->params, read_only);
	else
		r = dm_create("disk", SECTORS(stack->disk_bytes), "fvd",
			      stack->params, read_only);
	if (r && stack->is_kept)
		dm_remove("disk");
	stack->is_kept = false;
	stack->disk_is_there = !r;
	return r;
}

int stack_close(struct campaign_stack *stack)
{
	int r;

	if (!stack->disk_is_there)
		return 0;
	/* Now and then as users do it. */
	stack->is_kept = ++stack->nr_closed % 4;
	if (stack->is_kept)
		r = exchange(stack, "error", "", false);
	else
		r = dm_remove("disk");
	if (!r)
		stack->disk_is_there = false;
	else
		printf("close: %s\n", strerror(-r));
	return r;
}

int stack_rule(const char *device, const char *format, ...)
{
	char text[200] = "rule add ";
	va_list args;
	int r;

	va_start(args, format);
	vsnprintf(text + 9, sizeof(text) - 9, format, args);
	va_end(args);
	r = dm_message(device, text, NULL, 0);
	if (r)
		printf("%s: %s: %s\n", device, text, strerror(-r));
	return r;
}

int stack_sim(const char *format, ...)
{
	char text[200];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return dm_message("s-image", text, NULL, 0);
}

void stack_calm(const struct campaign_stack *stack)
{
	stack_sim("rule del all");
	if (stack->config->layout == LAYOUT_DATA_DEVICE)
		dm_message("s-data", "rule del all", NULL, 0);
	if (stack->config->base_bytes)
		dm_message("s-base", "rule del all", NULL, 0);
}

int stack_image_read(char *image, uint64_t bytes)
{
	return pread(lower_fd, image, bytes, IMAGE_AT) == (ssize_t)bytes ?
		0 : -1;
}

int stack_image_write(const char *image, uint64_t bytes)
{
	/* What the simulated disk still keeps in its cache would come later. */
	stack_sim("power_cut keep none");
	if (fill_lower(IMAGE_AT, image, bytes))
		return -1;
	return stack_sim("power_on") ? -1 : 0;
}

static bool is_as(uint64_t at, const char *content, uint64_t bytes)
{
	char *found = aligned_alloc(4096, bytes);
	bool same = found && pread(lower_fd, found, bytes, (off_t)at) ==
		(ssize_t)bytes && !memcmp(found, content, bytes);

	free(found);
	return same;
}

bool stack_outside_is_changed(const struct campaign_stack *stack)
{
	return !is_as(BASE_AT, base, CONFIG_DISK_MAX) ||
		(stack->config->layout != LAYOUT_DATA_DEVICE &&
		 !is_as(DATA_AT, stale, stack->config->disk_bytes / 4096 *
			4096));
}

bool stack_is_on(void)
{
	char status[300] = "";

	return !dm_status("s-image", status, sizeof(status)) &&
	       !strncmp(status, "on ", 3);
}

/* The word behind @key in @status, up to its end. */
static const char *value_of(const char *status, const char *key)
{
	const char *at = strstr(status, key);

	return at ? at + strlen(key) : "";
}

int stack_look(struct stack_facts *facts)
{
	char status[4000], *end;
	int r = dm_status("disk", status, sizeof(status));

	memset(facts, 0, sizeof(*facts));
	if (r)
		return r;
	for (end = status + strlen(status); end > status && end[-1] == ' ';)
		*--end = 0;
	facts->complete = *value_of(status, " complete ") == '1';
	facts->read_only = end - status < 3 || strcmp(end - 3, " rw");
	if (sscanf(value_of(status, " prefetch "), "%19s", facts->prefetch) != 1)
		facts->prefetch[0] = 0;
	return 0;
}
