// SPDX-License-Identifier: GPL-2.0-only
/*
 * A case makes an image as life makes them: some load, then the power fails.
 * Then damaged copies of it, one after the other, are activated. Whatever comes
 * of that, the kernel must have nothing to report, the request in hand must end,
 * and nothing outside the image may be written to. What could be activated is
 * used; after the close libfvd must find it whole.
 *
 * What the disk shows does not matter: it was damaged.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "campaign-damage.h"
#include "campaign-dm.h"
#include "campaign-mutate.h"
#include "campaign-round.h"

/* Copies of one image; to make it is ten times as dear as to try one. */
#define COPIES		24
#define IO_BYTES	65536

struct damage {
	struct campaign campaign;
	char *healthy;
	char *image;
	char *buffer;
	uint64_t bytes;
	uint64_t nr_images;
	uint64_t nr_active;
};

static int make_image(struct damage *damage)
{
	struct campaign *campaign = &damage->campaign;

	campaign->random.state = random_mix(campaign->config.seed);
	campaign->round = 0;
	campaign->kind = ROUND_LOAD;
	campaign_say(campaign, "making an image");
	if (stack_make(&campaign->stack, &campaign->config) ||
	    play_begin(&campaign->play, &campaign->config) ||
	    stack_open(&campaign->stack, false))
		return campaign_failed(campaign, "no image");
	if (play_run(&campaign->play, campaign->config.requests, PLAY_ERRORS))
		return campaign_failed(campaign, "load");
	if (random_chance(&campaign->random, 50))
		dm_message("disk", "checkpoint", NULL, 0);
	play_end(&campaign->play);
	if (random_chance(&campaign->random, 70) && campaign_cut(campaign))
		return -1;
	if (stack_close(&campaign->stack))
		return campaign_failed(campaign, "close");
	damage->bytes = image_size(&campaign->config);
	return stack_image_read(damage->healthy, damage->bytes);
}

static void one_request(struct damage *damage, int fd, uint64_t disk_bytes)
{
	struct stress_random *random = &damage->campaign.random;
	uint64_t range[2];

	range[1] = 512 * random_log(random, IO_BYTES / 512);
	range[0] = 512 * random_below(random, disk_bytes / 512);
	switch (random_below(random, 10)) {
	case 0:
		fsync(fd);
		break;
	case 1:
		ioctl(fd, BLKDISCARD, range);
		break;
	case 2:
		range[0] &= ~(uint64_t)(IO_BYTES - 1);
		range[1] = 4 * IO_BYTES;
		ioctl(fd, BLKZEROOUT, range);
		break;
	case 3:
	case 4:
	case 5:
	case 6:
		if (pwrite(fd, damage->buffer, range[1], (off_t)range[0]) < 0)
			break;
		break;
	default:
		if (pread(fd, damage->buffer, range[1], (off_t)range[0]) < 0)
			break;
		break;
	}
}

/* Errors are no surprise. */
static void use_disk(struct damage *damage, uint64_t disk_bytes)
{
	static const char * const messages[] = {
		"commit", "checkpoint", "copy_on_read on", "copy_on_read off",
		"grow",
	};
	struct stress_random *random = &damage->campaign.random;
	int fd = open(DISK_PATH, O_RDWR | O_DIRECT | O_CLOEXEC);
	uint64_t at;
	int i;

	if (fd < 0)
		return;
	for (i = 0; i < 25; i++)
		one_request(damage, fd, disk_bytes);
	dm_message("disk", messages[random_below(random, 5)], NULL, 0);
	if (random_chance(random, 20)) {
		dm_suspend("disk", false);
		dm_resume("disk");
	}
	for (at = 0; at < disk_bytes; at += IO_BYTES)
		if (pread(fd, damage->buffer, IO_BYTES, (off_t)at) < 0)
			continue;
	close(fd);
}

/* Return: 0, also if it could not be activated. */
static int try_image(struct damage *damage, uint64_t disk_bytes, bool read_only)
{
	struct campaign *campaign = &damage->campaign;
	struct image_facts facts;
	int r;

	campaign->stack.disk_bytes = disk_bytes;
	r = stack_open(&campaign->stack, read_only);
	if (r)
		return 0;
	damage->nr_active++;
	use_disk(damage, disk_bytes < CONFIG_DISK_MAX ? disk_bytes :
		 CONFIG_DISK_MAX);
	if (stack_close(&campaign->stack))
		return campaign_failed(campaign, "close");
	r = image_check(IMAGE_PATH, &facts);
	if (r && !read_only)
		return campaign_failed(campaign, "after the close: %s",
				       facts.text);
	return 0;
}

static int try_copy(struct damage *damage, uint32_t copy)
{
	struct campaign *campaign = &damage->campaign;
	uint64_t seed = random_mix(campaign->config.seed ^
				   RANDOM_WEYL * (copy + 1)), disk_bytes;
	uint32_t more = random_log(&campaign->random, 4);
	char text[100];

	memcpy(damage->image, damage->healthy, damage->bytes);
	while (more--)
		mutate_image(damage->image, damage->bytes, seed + more, text,
			     sizeof(text));
	campaign->round = copy;
	campaign_say(campaign, "damage: %s", text);
	disk_bytes = mutate_disk_bytes(damage->image, damage->bytes);
	if (!disk_bytes || disk_bytes % 512)
		disk_bytes = campaign->config.disk_bytes;
	damage->nr_images++;
	if (stack_image_write(damage->image, damage->bytes))
		return campaign_failed(campaign, "write of the image");
	if (random_chance(&campaign->random, 30) &&
	    try_image(damage, disk_bytes, true))
		return -1;
	return try_image(damage, disk_bytes, false);
}

static int run_case(struct damage *damage, const struct damage_options *options,
		    uint64_t seed)
{
	struct campaign *campaign = &damage->campaign;
	uint32_t copy;
	int r = 0;

	if (config_make(&campaign->config, seed, options->words)) {
		fprintf(stderr, "fvd-campaign: unknown word in \"%s\"\n",
			options->words);
		exit(2);
	}
	if (make_image(damage))
		return -1;
	for (copy = 0; copy < COPIES && !r; copy++)
		r = try_copy(damage, copy);
	if (!r && stack_outside_is_changed(&campaign->stack))
		r = campaign_failed(campaign, "written outside the image");
	if (stack_unmake(&campaign->stack) && !r)
		r = campaign_failed(campaign, "devices can not be removed");
	return r;
}

static bool should_stop(const struct damage *damage,
			const struct damage_options *options)
{
	char path[300];

	if (options->is_case || damage->nr_images >= options->images)
		return true;
	if (!options->folder)
		return false;
	snprintf(path, sizeof(path), "%s/stop", options->folder);
	return !access(path, F_OK);
}

int damage_run(const struct damage_options *options)
{
	struct stress_random random = { .state = random_mix(options->seed) };
	struct damage damage = {
		.healthy = aligned_alloc(4096, CONFIG_IMAGE_MAX),
		.image = aligned_alloc(4096, CONFIG_IMAGE_MAX),
		.buffer = aligned_alloc(4096, IO_BYTES),
	};
	uint64_t failed = 0, seed = options->seed;

	if (!damage.healthy || !damage.image || !damage.buffer)
		return -1;
	memset(damage.buffer, 0xda, IO_BYTES);
	do {
		if (!options->is_case)
			seed = random_next(&random) >> 32;
		/* Known also if the guest dies of it. */
		printf("images of case %llu\n", (unsigned long long)seed);
		fflush(stdout);
		if (run_case(&damage, options, seed))
			failed++;
	} while (!should_stop(&damage, options) && failed < 10);
	printf("%llu images, %llu times active, %llu failed\n",
	       (unsigned long long)damage.nr_images,
	       (unsigned long long)damage.nr_active,
	       (unsigned long long)failed);
	return failed ? -1 : 0;
}
