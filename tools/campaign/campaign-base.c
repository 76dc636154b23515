// SPDX-License-Identifier: GPL-2.0-only
/*
 * I-CBS-1: what is wrong with the base is over when a round about it ends.
 */
#include <string.h>
#include <unistd.h>

#include "campaign-base.h"
#include "campaign-dm.h"
#include "campaign-poke.h"

/*
 * Reads of the base that fail in a short failure. Fewer than retry_limit, and
 * with base_retry_first_ms 1 they are over within 8 times 1.5 * 128 ms.
 */
#define SHORT_FAILURES		4
/* Both copies of the superblock: 4 KiB each, 64 KiB apart. */
#define SUPERBLOCK_SECTORS	136
/* At the image, to bring over all of a disk: two for each 64 KiB, and more. */
#define PREFETCH_EVENTS		200
/* Superblock, flush; and what the user does then. */
#define PUBLISH_EVENTS		12
/*
 * Virtual time, and it costs what happens in it. Prefetch with all its manners
 * gets prefetch_progress_kib_per_s: 4 MiB take 16 s.
 */
#define COMPLETE_MS		120000
#define POLL_MS			5

void base_wait_complete(struct stack_facts *facts, uint32_t ms)
{
	uint32_t waited;

	for (waited = 0; waited < ms; waited += POLL_MS) {
		if (!stack_look(facts) &&
		    (facts->complete || facts->read_only ||
		     !strcmp(facts->prefetch, "gave-up")))
			return;
		if (!stack_is_on())
			return;
		usleep(POLL_MS * 1000);
	}
}

static int renew(struct campaign *campaign)
{
	uint32_t round = campaign->play.options.settings.round;
	int r;

	campaign_say(campaign, "a new image");
	if (stack_release(&campaign->stack) ||
	    stack_make(&campaign->stack, &campaign->config))
		return campaign_failed(campaign, "can not make the devices");
	play_end(&campaign->play);
	campaign->told_complete = false;
	if (play_begin(&campaign->play, &campaign->config))
		return campaign_failed(campaign, "no memory");
	campaign->play.options.settings.round = round;
	r = stack_open(&campaign->stack, false);
	if (r)
		return campaign_failed(campaign, "%s", strerror(-r));
	return 0;
}

/* Mostly these rounds want an image that is not complete yet. */
static int need_base(struct campaign *campaign)
{
	struct stack_facts facts;

	if (stack_look(&facts) || !facts.complete)
		return 0;
	campaign->told_complete = true;
	return random_chance(&campaign->random, 80) ? renew(campaign) : 0;
}

/* Some reads fail. */
static enum play_faults fail_shortly(struct campaign *campaign)
{
	struct stress_random *random = &campaign->random;
	uint64_t after = random_log(random, 64) - 1;
	uint64_t times = random_log(random, SHORT_FAILURES);

	campaign_say(campaign, "%llu reads of the base fail after %llu",
		     (unsigned long long)times, (unsigned long long)after);
	stack_rule("s-base", "op=read,after=%llu,count=%llu,error=transport",
		   (unsigned long long)after, (unsigned long long)times);
	return campaign->config.policy == POLICY_FAIL ? PLAY_ERRORS :
							PLAY_PERFECT;
}

/* One range can not be read; or none, any more. */
static enum play_faults fail_for_long(struct campaign *campaign)
{
	struct stress_random *random = &campaign->random;
	uint64_t sectors = campaign->config.base_bytes / SECTOR_BYTES;
	uint64_t first = random_below(random, sectors);
	uint64_t count = random_log(random, sectors - first);
	uint64_t after = random_log(random, 64) - 1;

	if (random_chance(random, 50)) {
		campaign_say(campaign, "the base is away after %llu reads",
			     (unsigned long long)after);
		stack_rule("s-base", "op=read,after=%llu,error=timeout",
			   (unsigned long long)after);
	} else {
		campaign_say(campaign, "%llu+%llu of the base can not be read",
			     (unsigned long long)first,
			     (unsigned long long)count);
		stack_rule("s-base", "op=read,sectors=%llu+%llu,error=medium",
			   (unsigned long long)first,
			   (unsigned long long)count);
	}
	return PLAY_ERRORS;
}

/* Under load; now and then tables are exchanged while I/O waits for the base. */
static int load_over_failing(struct campaign *campaign,
			     enum play_faults faults)
{
	struct campaign_poke poke = { .base_fails = true };
	int r;

	if (random_chance(&campaign->random, 70))
		return campaign_load(campaign, faults);
	if (poke_start(&poke, &campaign->config,
		       random_next(&campaign->random)))
		return campaign_failed(campaign, "thread");
	/* It also switches the policy to "fail". */
	r = campaign_load(campaign, PLAY_ERRORS);
	poke_stop(&poke);
	if (!r && poke.error)
		r = campaign_failed(campaign, "%s: %s", poke.what,
				    strerror(-poke.error));
	return r;
}

static int look_writable(struct campaign *campaign)
{
	struct stack_facts facts;
	int r = stack_look(&facts);

	if (r)
		return campaign_failed(campaign, "status: %s", strerror(-r));
	if (facts.read_only)
		return campaign_failed(campaign, "the image is read-only");
	return 0;
}

int base_outage(struct campaign *campaign)
{
	enum play_faults faults;

	if (need_base(campaign))
		return -1;
	faults = random_chance(&campaign->random, 40) ?
		fail_shortly(campaign) : fail_for_long(campaign);
	if (random_chance(&campaign->random, 50))
		dm_message("disk", "prefetch start", NULL, 0);
	if (load_over_failing(campaign, faults) || look_writable(campaign))
		return -1;
	stack_calm(&campaign->stack);
	dm_message("disk", "base retry", NULL, 0);
	if (play_verify(&campaign->play, false, PLAY_PERFECT))
		return campaign_failed(campaign, "after the outage");
	if (random_chance(&campaign->random, 50))
		return 0;
	if (campaign_cut(campaign))
		return -1;
	return campaign_recover(campaign, false, 0);
}

/* What the power does: fail early, while the superblock is written, later. */
enum cut_time { CUT_BEFORE, CUT_WHILE, CUT_AFTER, CUT_NOT, CUT_TIMES };

static void arm(struct campaign *campaign, enum cut_time when)
{
	uint64_t nth = 1 + random_below(&campaign->random, 3);

	if (when == CUT_BEFORE) {
		campaign_arm_cut(campaign, PREFETCH_EVENTS);
		return;
	}
	if (when != CUT_WHILE)
		return;
	campaign_say(campaign, "cut at write %llu of the superblock",
		     (unsigned long long)nth);
	stack_sim("cut_policy seed %llu",
		  (unsigned long long)random_next(&campaign->random));
	stack_rule("s-image", "op=write,sectors=0+%u,nth=%llu,cut",
		   SUPERBLOCK_SECTORS, (unsigned long long)nth);
}

static int hydrate(struct campaign *campaign)
{
	const struct campaign_config *config = &campaign->config;
	struct stack_facts facts = { };

	dm_message("disk", "prefetch_max_read_kib_per_s 1000000000", NULL, 0);
	dm_message("disk", "prefetch start", NULL, 0);
	if (random_chance(&campaign->random, 50) &&
	    campaign_load(campaign, PLAY_CUT))
		return -1;
	/* What does not fit has to stay in the base. */
	base_wait_complete(&facts, config->capacity_chunks ? 100 :
			   COMPLETE_MS);
	if (facts.complete)
		campaign->told_complete = true;
	else if (!config->capacity_chunks && stack_is_on())
		return campaign_failed(campaign, "prefetch does not end: %s",
				       facts.prefetch);
	return 0;
}

/* The base is gone for good, and nobody notices. */
static int use_without_base(struct campaign *campaign)
{
	stack_rule("s-base", "op=any,error");
	campaign_say(campaign, "complete, the base is gone");
	if (campaign_load(campaign, PLAY_PERFECT))
		return -1;
	if (play_verify(&campaign->play, true, PLAY_PERFECT))
		return campaign_failed(campaign, "without the base");
	return 0;
}

/* Until the power fails, if it has not. */
static int use_complete(struct campaign *campaign, enum cut_time when)
{
	if (when == CUT_AFTER) {
		campaign_arm_cut(campaign, PUBLISH_EVENTS);
		return campaign_load(campaign, PLAY_CUT);
	}
	if (!campaign->told_complete || !stack_is_on())
		return 0;
	stack_calm(&campaign->stack);
	return random_chance(&campaign->random, 50) ?
		use_without_base(campaign) : 0;
}

int base_complete(struct campaign *campaign)
{
	enum cut_time when = random_below(&campaign->random, CUT_TIMES);
	bool cut = when != CUT_NOT;

	campaign_say(campaign, "prefetch");
	if (need_base(campaign))
		return -1;
	if (random_chance(&campaign->random, 50) &&
	    campaign_load(campaign, PLAY_PERFECT))
		return -1;
	arm(campaign, when);
	if (hydrate(campaign) || use_complete(campaign, when))
		return -1;
	if (cut && campaign_cut(campaign))
		return -1;
	if (stack_close(&campaign->stack))
		return campaign_failed(campaign, "close");
	stack_calm(&campaign->stack);
	return campaign_recover(campaign, !cut, 0);
}
