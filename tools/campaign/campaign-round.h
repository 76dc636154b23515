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
 * @told_complete: the disk's status told that the image is complete
 * @hash: dm-sim's, of all decisions and events of the case
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
	bool told_complete;
	char hash[120];
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

/**
 * campaign_load() - some requests
 * @campaign: the case
 * @faults: what may go wrong; in a case that may run out of space, errors may
 *
 * Return: 0 or -1.
 */
int campaign_load(struct campaign *campaign, enum play_faults faults);

/** campaign_arm_cut() - the power fails at one of the next @events bios */
void campaign_arm_cut(struct campaign *campaign, uint64_t events);

/** campaign_run() - a whole case. Return: 0 or -1. */
int campaign_run(struct campaign *campaign);

#endif /* CAMPAIGN_ROUND_H */
