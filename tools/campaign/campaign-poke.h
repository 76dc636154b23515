/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A second thread that suspends, resumes, reloads and sends messages while the
 * disk is in use.
 */
#ifndef CAMPAIGN_POKE_H
#define CAMPAIGN_POKE_H

#include <pthread.h>

#include "campaign-config.h"

/**
 * struct campaign_poke - the thread
 * @config: of the case
 * @seed: of what it does
 * @base_fails: so a table with it may be refused
 * @checkpoints: nothing but checkpoints
 * @stop: it should end
 * @error: the first thing that did not work, as a negative errno
 * @what: what that was
 */
struct campaign_poke {
	pthread_t thread;
	const struct campaign_config *config;
	uint64_t seed;
	bool base_fails;
	bool checkpoints;
	int stop;
	int error;
	const char *what;
};

/** poke_start() - start it; @base_fails and @checkpoints are set before. Return: 0 or -1. */
int poke_start(struct campaign_poke *poke, const struct campaign_config *config,
	       uint64_t seed);

/** poke_stop() - end it; the device is not suspended then */
void poke_stop(struct campaign_poke *poke);

#endif /* CAMPAIGN_POKE_H */
