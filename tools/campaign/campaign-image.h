/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Making an image and checking it, by libfvd. (Its headers and fvd-stress's do
 * not go into one file: each brings its own u64.)
 */
#ifndef CAMPAIGN_IMAGE_H
#define CAMPAIGN_IMAGE_H

#include "campaign-config.h"

/**
 * struct image_facts - what a look at an image told
 * @clean: the clean mark is there
 * @needs_check: the image asks for one
 * @complete: the base is not needed any more
 * @journal_blocks: in the log
 * @text: what is wrong, if anything
 */
struct image_facts {
	bool clean;
	bool needs_check;
	bool complete;
	uint64_t journal_blocks;
	char text[200];
};

/**
 * image_size() - how large the image device must be
 *
 * Return: bytes; 0 if the configuration is impossible.
 */
uint64_t image_size(const struct campaign_config *config);

/**
 * image_create() - write a new image
 * @path: image device
 * @base_path: base device, for the stamp; NULL without base
 *
 * Complains on stdout. Return: 0 or negative errno.
 */
int image_create(const struct campaign_config *config, const char *path,
		 const char *base_path);

/**
 * image_check() - would "fvd check" find damage?
 *
 * Return: 0 if the image is whole; else negative errno and facts->text.
 */
int image_check(const char *path, struct image_facts *facts);

#endif /* CAMPAIGN_IMAGE_H */
