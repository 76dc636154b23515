/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rounds of a case: something happens to a disk in use; then it must hold
 * what it promised.
 */
#ifndef CAMPAIGN_ROUND_H
#define CAMPAIGN_ROUND_H

#include "campaign-play.h"
#include "campaign-stack.h"
#include "stress-random.h"

/**
 * struct campaign - a case on its way
 * @config: what it is
 * @stack: its devices
 * @play: its user
 * @random: for everything the configuration leaves open
 * @round: number of the round, from 1 on
 * @kind: what is done in this round
 * @states: states of the disk that were checked after a cut or an error
 * @requests: that were sent
 * @text: what happens just now, for the report of a failure
 */
struct campaign {
	struct campaign_config config;
	struct campaign_stack stack;
	struct campaign_play play;
	struct stress_random random;
	uint32_t round;
	enum round_kind kind;
	uint64_t states;
	uint64_t requests;
	char text[200];
};

/** campaign_say() - what is done next */
void campaign_say(struct campaign *campaign, const char *format, ...)
	__printf(2, 3);

/** campaign_failed() - print why a case failed. Return: -1. */
int campaign_failed(struct campaign *campaign, const char *format, ...)
	__printf(2, 3);

/**
 * campaign_recover() - after the power came back, or a close
 * @campaign: the case; the fvd device is not there
 * @clean_close: the device was closed and nothing was cut: if the image has
 *	the clean mark, everything acknowledged must be there
 * @activation_cuts: up to so many power cuts during the activation
 *
 * Checks the image with libfvd, activates read-only, verifies, activates,
 * verifies. The fvd device is there afterwards.
 *
 * Return: 0 or -1.
 */
int campaign_recover(struct campaign *campaign, bool clean_close,
		     uint32_t activation_cuts);

/** campaign_cut() - cut the power if a rule has not, close, power on. */
int campaign_cut(struct campaign *campaign);

/** campaign_run() - a whole case. Return: 0 or -1. */
int campaign_run(struct campaign *campaign);

#endif /* CAMPAIGN_ROUND_H */
