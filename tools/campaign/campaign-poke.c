// SPDX-License-Identifier: GPL-2.0-only
/*
 * I-PKE-1: no device stays suspended. One that can not be resumed (the power
 * failed) gets an error table, so that what waits for it ends.
 */
#include <stdio.h>
#include <unistd.h>

#include "campaign-dm.h"
#include "campaign-poke.h"
#include "campaign-stack.h"
#include "stress-random.h"

static void note(struct campaign_poke *poke, const char *what, int r)
{
	if (!r || poke->error)
		return;
	poke->error = r;
	poke->what = what;
}

static void resume(struct campaign_poke *poke)
{
	uint64_t sectors = poke->config->disk_bytes / SECTOR_BYTES;
	int r = dm_resume("disk");

	if (!r)
		return;
	note(poke, "resume", r);
	dm_load("disk", sectors, "error", "", false);
	dm_resume("disk");
}

static void load(struct campaign_poke *poke, bool copy_on_read)
{
	char params[STACK_PARAMS_SIZE];
	int r;

	stack_params(poke->config, copy_on_read, false, params,
		     sizeof(params));
	r = dm_load("disk", poke->config->disk_bytes / SECTOR_BYTES, "fvd",
		    params, false);
	if (!poke->base_fails)
		note(poke, "load", r);
}

/* Refused where prefetch does something else, or there is no base. */
static void hydrate(struct stress_random *random)
{
	static const char * const messages[] = {
		"prefetch start", "prefetch pause", "prefetch resume",
		"prefetch stop", "base retry", "base_policy fail",
		"base_policy queue", "base errors",
	};
	char answer[200];

	dm_message("disk", messages[random_below(random, 8)], answer,
		   sizeof(answer));
}

static void poke_once(struct campaign_poke *poke, struct stress_random *random)
{
	bool noflush = random_chance(random, 50);

	switch (poke->checkpoints ? 1 : random_below(random, 8)) {
	case 0:
		note(poke, "commit", dm_message("disk", "commit", NULL, 0));
		return;
	case 1:
		note(poke, "checkpoint",
		     dm_message("disk", "checkpoint", NULL, 0));
		return;
	case 2:
		note(poke, "copy_on_read",
		     dm_message("disk", noflush ? "copy_on_read on" :
				"copy_on_read off", NULL, 0));
		return;
	case 3:
		break;
	case 4:
	case 5:
		hydrate(random);
		return;
	default:
		load(poke, random_chance(random, 50));
		break;
	}
	note(poke, "suspend", dm_suspend("disk", noflush));
	resume(poke);
}

static void *run(void *context)
{
	struct campaign_poke *poke = context;
	struct stress_random random = { .state = random_mix(poke->seed) };

	while (!__atomic_load_n(&poke->stop, __ATOMIC_RELAXED) &&
	       !poke->error) {
		poke_once(poke, &random);
		usleep(random_log(&random, 2000));
	}
	return NULL;
}

int poke_start(struct campaign_poke *poke, const struct campaign_config *config,
	       uint64_t seed)
{
	poke->config = config;
	poke->seed = seed;
	poke->stop = 0;
	poke->error = 0;
	poke->what = "";
	return pthread_create(&poke->thread, NULL, run, poke) ? -1 : 0;
}

void poke_stop(struct campaign_poke *poke)
{
	__atomic_store_n(&poke->stop, 1, __ATOMIC_RELAXED);
	pthread_join(poke->thread, NULL);
}
