// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an image must stand after a cut.
 *
 * I-CMP-1: libfvd finds no damage, whatever the cut left.
 * I-CMP-2: the read-only activation shows what the oracle allows, and writes
 *	nothing; what it showed is shown from then on: by the next one, by the
 *	activation that writes, and after cuts in the middle of that. That goes
 *	for what a cut or an orderly close left: what a disk had that failed
 *	and was closed may be in a cache only, and go with the next cut.
 * I-CMP-3: with the clean mark everything acknowledged is there.
 * I-CMP-4: an image that was seen to be complete is complete, and needs no base.
 */
#include <stdarg.h>
#include <string.h>

#include "campaign-dm.h"
#include "campaign-round.h"

/* The I/O of an activation is about this much, and often less. */
#define ACTIVATION_EVENTS	24
/* One verification in so many reads the whole disk. */
#define WHOLE_DISK_SHARE	6

void campaign_say(struct campaign *campaign, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(campaign->text, sizeof(campaign->text), format, args);
	va_end(args);
}

int campaign_failed(struct campaign *campaign, const char *format, ...)
{
	char text[CONFIG_TEXT_SIZE];
	va_list args;

	config_text(&campaign->config, text, sizeof(text));
	printf("FAILED case %llu round %u of %u (%s), %s: ",
	       (unsigned long long)campaign->config.seed, campaign->round,
	       campaign->config.rounds, round_name(campaign->kind),
	       campaign->text);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n  configuration: %s\n", text);
	fflush(stdout);
	return -1;
}

static int check(struct campaign *campaign, struct image_facts *facts)
{
	int r = image_check(IMAGE_PATH, facts);

	if (r)
		return campaign_failed(campaign, "check: %s (%s)", facts->text,
				       strerror(-r));
	if (campaign->told_complete && !facts->complete)
		return campaign_failed(campaign, "not complete any more");
	return 0;
}

static bool whole_disk(struct campaign *campaign)
{
	return !random_below(&campaign->random, WHOLE_DISK_SHARE);
}

static int look_read_only(struct campaign *campaign, bool first, bool settled)
{
	int r = stack_open(&campaign->stack, true);

	if (r)
		return campaign_failed(campaign, "read-only activation: %s",
				       strerror(-r));
	if (play_verify(&campaign->play, whole_disk(campaign), PLAY_PERFECT))
		return campaign_failed(campaign, "%s read-only activation",
				       first ? "first" : "repeated");
	if (stack_close(&campaign->stack))
		return campaign_failed(campaign, "close");
	if (settled)
		oracle_settle(campaign->play.oracle); /* I-CMP-2 */
	campaign->states++;
	return 0;
}

int campaign_cut(struct campaign *campaign)
{
	uint64_t seed = random_next(&campaign->random);

	if (stack_is_on())
		stack_sim("power_cut seed %llu", (unsigned long long)seed);
	if (stack_close(&campaign->stack))
		return campaign_failed(campaign, "close after a power cut");
	stack_calm(&campaign->stack);
	if (stack_sim("power_on"))
		return campaign_failed(campaign, "power_on");
	return 0;
}

/* An activation during which the power fails, or after which. */
static int cut_activation(struct campaign *campaign)
{
	struct image_facts facts;
	uint64_t nth = random_log(&campaign->random, ACTIVATION_EVENTS);

	campaign_say(campaign, "cut at event %llu of the activation",
		     (unsigned long long)nth);
	stack_sim("cut_policy seed %llu",
		  (unsigned long long)random_next(&campaign->random));
	stack_rule("s-image", "op=%s,nth=%llu,cut",
		   random_chance(&campaign->random, 50) ? "write+flush+fua" :
		   "any", (unsigned long long)nth);
	/* Whether it comes to life depends on what was cut. */
	if (stack_open(&campaign->stack, false))
		campaign->stack.disk_is_there = false;
	if (campaign_cut(campaign) || check(campaign, &facts))
		return -1;
	return look_read_only(campaign, false, true);
}

int campaign_recover(struct campaign *campaign, bool clean_close,
		     uint32_t activation_cuts)
{
	struct image_facts facts;
	int r;

	if (check(campaign, &facts))
		return -1;
	if (clean_close && !facts.clean && campaign->kind != ROUND_ERRORS)
		return campaign_failed(campaign, "closed, but not clean");
	if (clean_close && facts.clean)
		play_all_durable(&campaign->play);
	oracle_power_cut(campaign->play.oracle);
	campaign->stack.without_base = facts.complete &&
		random_chance(&campaign->random, 50);
	if (look_read_only(campaign, true, !clean_close || facts.clean))
		return -1;
	while (activation_cuts--)
		if (cut_activation(campaign))
			return -1;
	campaign_say(campaign, "activation");
	r = stack_open(&campaign->stack, false);
	if (r)
		return campaign_failed(campaign, "%s", strerror(-r));
	if (play_verify(&campaign->play, whole_disk(campaign), PLAY_PERFECT))
		return campaign_failed(campaign, "after the activation");
	return 0;
}
