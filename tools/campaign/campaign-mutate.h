/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Damage to an image in memory that its checksums do not show: what a validator
 * has to find, or what the driver has to stand. (libfvd's side.)
 */
#ifndef CAMPAIGN_MUTATE_H
#define CAMPAIGN_MUTATE_H

#include <stdint.h>

/**
 * mutate_image() - change something
 * @memory: the image's metadata, at least; any image
 * @bytes: of it
 * @seed: of what is changed
 * @text: receives what that was
 * @size: of @text
 */
void mutate_image(void *memory, uint64_t bytes, uint64_t seed, char *text,
		  int size);

/**
 * mutate_disk_bytes() - how large a disk the image says it is
 *
 * Return: bytes; 0 if it is no image.
 */
uint64_t mutate_disk_bytes(void *memory, uint64_t bytes);

#endif /* CAMPAIGN_MUTATE_H */
