// SPDX-License-Identifier: GPL-2.0-only
/*
 * One function for each kind of round; and the life of a case.
 *
 * Left out on purpose: repair. No round may need it.
 */
#include <string.h>

#include "campaign-base.h"
#include "campaign-dm.h"
#include "campaign-poke.h"
#include "campaign-round.h"

/* Bios at the simulated disks for each request, roughly. */
#define EVENTS_PER_REQUEST	3
/* A checkpoint of a small image: pages, journal, checksums, superblock. */
#define CHECKPOINT_EVENTS	12

static const char *pick_device(struct campaign *campaign)
{
	const struct campaign_config *config = &campaign->config;
	uint64_t which = random_below(&campaign->random, 10);

	if (which < 3 && config->layout == LAYOUT_DATA_DEVICE)
		return "s-data";
	if (which == 9 && config->base_bytes)
		return "s-base";
	return "s-image";
}

static const char *pick_op(struct campaign *campaign)
{
	static const char * const ops[] = {
		"any", "any", "write", "flush", "fua", "write+flush+fua",
	};

	return ops[random_below(&campaign->random, 6)];
}

/* A full image refuses writes; that is no surprise. */
static enum play_faults faults_of(const struct campaign *campaign,
				  enum play_faults faults)
{
	return campaign->config.capacity_chunks ? PLAY_ERRORS : faults;
}

static uint64_t pick_requests(struct campaign *campaign)
{
	return random_log(&campaign->random, campaign->config.requests);
}

int campaign_load(struct campaign *campaign, enum play_faults faults)
{
	uint64_t requests = pick_requests(campaign);

	campaign->requests += requests;
	if (play_run(&campaign->play, requests, faults_of(campaign, faults)))
		return campaign_failed(campaign, "under load");
	return 0;
}

void campaign_arm_cut(struct campaign *campaign, uint64_t events)
{
	const char *device = pick_device(campaign);
	const char *op = pick_op(campaign);
	uint64_t nth = random_log(&campaign->random, events);

	if (!strcmp(device, "s-base"))
		op = "any";
	campaign_say(campaign, "cut at op=%s,nth=%llu of %s", op,
		     (unsigned long long)nth, device);
	stack_sim("cut_policy seed %llu",
		  (unsigned long long)random_next(&campaign->random));
	stack_rule(device, "op=%s,nth=%llu,cut", op, (unsigned long long)nth);
}

static int round_load(struct campaign *campaign)
{
	campaign_arm_cut(campaign, campaign->config.requests * EVENTS_PER_REQUEST);
	if (campaign_load(campaign, PLAY_CUT) || campaign_cut(campaign))
		return -1;
	return campaign_recover(campaign, false, 0);
}

static int round_recovery(struct campaign *campaign)
{
	uint32_t cuts = 1 + (uint32_t)random_below(&campaign->random, 3);

	campaign_arm_cut(campaign, campaign->config.requests * EVENTS_PER_REQUEST);
	if (campaign_load(campaign, PLAY_CUT) || campaign_cut(campaign))
		return -1;
	return campaign_recover(campaign, false, cuts);
}

/* One after the other under load, so that changes come in the middle of one. */
static int load_beside_checkpoints(struct campaign *campaign)
{
	struct campaign_poke poke = { .checkpoints = true };
	int r;

	campaign_arm_cut(campaign, campaign->config.requests *
			 EVENTS_PER_REQUEST);
	if (poke_start(&poke, &campaign->config,
		       random_next(&campaign->random)))
		return campaign_failed(campaign, "thread");
	r = campaign_load(campaign, PLAY_CUT);
	poke_stop(&poke);
	if (r || campaign_cut(campaign))
		return -1;
	return campaign_recover(campaign, false, 0);
}

static int round_checkpoint(struct campaign *campaign)
{
	if (random_chance(&campaign->random, 50))
		return load_beside_checkpoints(campaign);
	campaign_say(campaign, "before the checkpoint");
	if (campaign_load(campaign, PLAY_PERFECT))
		return -1;
	campaign_arm_cut(campaign, CHECKPOINT_EVENTS);
	dm_message("disk", "checkpoint", NULL, 0);
	/* Not cut yet? Then with a little more load. */
	if (campaign_load(campaign, PLAY_CUT) || campaign_cut(campaign))
		return -1;
	return campaign_recover(campaign, false, 0);
}

static int round_close(struct campaign *campaign)
{
	bool cut;

	campaign_say(campaign, "before the close");
	if (campaign_load(campaign, PLAY_PERFECT))
		return -1;
	if (random_chance(&campaign->random, 70))
		campaign_arm_cut(campaign, CHECKPOINT_EVENTS);
	if (stack_close(&campaign->stack))
		return campaign_failed(campaign, "close");
	cut = random_chance(&campaign->random, 50) || !stack_is_on();
	if (cut && campaign_cut(campaign))
		return -1;
	stack_calm(&campaign->stack);
	return campaign_recover(campaign, !cut, 0);
}

/* Not "notsupp": fsync() takes it for success, on any disk. */
static void arm_errors(struct campaign *campaign)
{
	static const char * const status[] = {
		"ioerr", "medium", "timeout", "nospc", "transport",
	};
	uint32_t count = 1 + (uint32_t)random_below(&campaign->random, 2);

	while (count--) {
		const char *device = pick_device(campaign);
		const char *op = pick_op(campaign);
		uint64_t after = random_log(&campaign->random, 64) - 1;
		uint64_t times = random_log(&campaign->random, 8);

		if (!strcmp(device, "s-base"))
			op = "any";
		campaign_say(campaign, "op=%s of %s fails %llu times after %llu",
			     op, device, (unsigned long long)times,
			     (unsigned long long)after);
		stack_rule(device, "op=%s,after=%llu,prob=1/%llu,count=%llu,error=%s",
			   op, (unsigned long long)after,
			   (unsigned long long)random_log(&campaign->random,
							  32),
			   (unsigned long long)times,
			   status[random_below(&campaign->random, 5)]);
	}
}

static int round_errors(struct campaign *campaign)
{
	bool cut = random_chance(&campaign->random, 50);

	arm_errors(campaign);
	if (campaign_load(campaign, PLAY_ERRORS))
		return -1;
	stack_calm(&campaign->stack);
	if (play_verify(&campaign->play, false, PLAY_ERRORS))
		return campaign_failed(campaign, "after the errors");
	if (cut && campaign_cut(campaign))
		return -1;
	if (stack_close(&campaign->stack))
		return campaign_failed(campaign, "close");
	return campaign_recover(campaign, !cut, 0);
}

static int reload(struct campaign *campaign, bool cut)
{
	struct campaign_poke poke = { .base_fails = false };
	int r;

	if (cut)
		campaign_arm_cut(campaign, campaign->config.requests *
			EVENTS_PER_REQUEST);
	else
		campaign_say(campaign, "suspends and reloads");
	if (poke_start(&poke, &campaign->config,
		       random_next(&campaign->random)))
		return campaign_failed(campaign, "thread");
	r = campaign_load(campaign, cut ? PLAY_CUT : PLAY_PERFECT);
	poke_stop(&poke);
	if (r)
		return -1;
	if (poke.error && stack_is_on())
		return campaign_failed(campaign, "%s: %s", poke.what,
				       strerror(-poke.error));
	if (!cut && random_chance(&campaign->random, 50))
		return 0;
	if (campaign_cut(campaign))
		return -1;
	return campaign_recover(campaign, false, 0);
}

static int round_reload(struct campaign *campaign)
{
	return reload(campaign, false);
}

static int round_reload_cut(struct campaign *campaign)
{
	return reload(campaign, true);
}

static int (* const rounds[ROUND_KINDS])(struct campaign *campaign) = {
	[ROUND_LOAD] = round_load,
	[ROUND_RECOVERY] = round_recovery,
	[ROUND_CHECKPOINT] = round_checkpoint,
	[ROUND_CLOSE] = round_close,
	[ROUND_ERRORS] = round_errors,
	[ROUND_RELOAD] = round_reload,
	[ROUND_RELOAD_CUT] = round_reload_cut,
	[ROUND_OUTAGE] = base_outage,
	[ROUND_COMPLETE] = base_complete,
};

static enum round_kind pick_kind(struct campaign *campaign)
{
	static const uint8_t weights[] = {
		ROUND_LOAD, ROUND_LOAD, ROUND_LOAD, ROUND_LOAD,
		ROUND_RECOVERY, ROUND_RECOVERY, ROUND_CHECKPOINT,
		ROUND_CHECKPOINT, ROUND_CLOSE, ROUND_CLOSE, ROUND_ERRORS,
		ROUND_ERRORS, ROUND_RELOAD, ROUND_RELOAD_CUT, ROUND_OUTAGE,
		ROUND_OUTAGE, ROUND_COMPLETE,
	};
	uint32_t only = campaign->config.only;
	enum round_kind kind;

	do {
		kind = weights[random_below(&campaign->random,
					    sizeof(weights))];
	} while ((only && !(only >> kind & 1)) ||
		 (!campaign->config.base_bytes && round_needs_base(kind)));
	return kind;
}

static int run_rounds(struct campaign *campaign)
{
	int r = stack_open(&campaign->stack, false);

	if (r)
		return campaign_failed(campaign, "first activation: %s",
				       strerror(-r));
	for (campaign->round = 1; campaign->round <= campaign->config.rounds;
	     campaign->round++) {
		campaign->kind = pick_kind(campaign);
		if (rounds[campaign->kind](campaign))
			return -1;
	}
	campaign_say(campaign, "at the end");
	if (play_verify(&campaign->play, true, PLAY_PERFECT))
		return campaign_failed(campaign, "the whole disk");
	return 0;
}

int campaign_run(struct campaign *campaign)
{
	int r;

	campaign->random.state = random_mix(campaign->config.seed ^
					    RANDOM_WEYL);
	campaign->round = 0;
	campaign->told_complete = false;
	campaign_say(campaign, "setup");
	if (stack_make(&campaign->stack, &campaign->config))
		return campaign_failed(campaign, "can not make the devices");
	if (play_begin(&campaign->play, &campaign->config))
		return campaign_failed(campaign, "no memory");
	campaign->hash[0] = 0;
	r = run_rounds(campaign);
	dm_message("s-image", "hash", campaign->hash, sizeof(campaign->hash));
	campaign->hash[strcspn(campaign->hash, "\n")] = 0;
	/* A hang: nothing can be removed any more. */
	if (r && campaign->play.report->hangs)
		return r;
	if (!r && stack_unmake(&campaign->stack))
		r = campaign_failed(campaign, "devices can not be removed");
	else if (r)
		stack_unmake(&campaign->stack);
	play_end(&campaign->play);
	return r;
}
