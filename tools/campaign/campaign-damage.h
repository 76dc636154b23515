/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Damaged images: activated, and used if they let themselves be activated.
 */
#ifndef CAMPAIGN_DAMAGE_H
#define CAMPAIGN_DAMAGE_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct damage_options - which images
 * @seed: of the first case
 * @images: how many
 * @is_case: only the case of that seed
 * @words: restrict the cases, as config_make()
 * @folder: end when there is a file "stop" in it; may be NULL
 */
struct damage_options {
	uint64_t seed;
	uint64_t images;
	bool is_case;
	const char *words;
	const char *folder;
};

/** damage_run() - try them. Return: 0, or -1 after a failure. */
int damage_run(const struct damage_options *options);

#endif /* CAMPAIGN_DAMAGE_H */
