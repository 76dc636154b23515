/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The user of the disk: fvd-stress's workload, oracle and engine, in-process.
 */
#ifndef CAMPAIGN_PLAY_H
#define CAMPAIGN_PLAY_H

#include "campaign-config.h"
#include "stress-engine.h"

/**
 * struct campaign_play - a user who lives through the rounds of a case
 * @options: as fvd-stress has them
 * @oracle: what the disk may hold
 * @report: counts, reset for each run; the history stays
 */
struct campaign_play {
	struct stress_options options;
	struct oracle *oracle;
	struct stress_report *report;
};

/** enum play_faults - what may go wrong in a run */
enum play_faults {
	PLAY_PERFECT,		/* nothing */
	PLAY_CUT,		/* the power: the first error ends the run */
	PLAY_ERRORS,		/* requests may fail, and the run goes on */
};

/** play_begin() - a user of a new disk. Return: 0 or -1. */
int play_begin(struct campaign_play *play,
	       const struct campaign_config *config);

/** play_end() - free everything */
void play_end(struct campaign_play *play);

/**
 * play_run() - the next round of the workload
 * @play: the user
 * @requests: how many
 * @faults: what may go wrong
 *
 * Return: 0; -1 after a mismatch, a hang, or an error that was not expected,
 * which have been printed.
 */
int play_run(struct campaign_play *play, uint64_t requests,
	     enum play_faults faults);

/**
 * play_source() - the requests of any source
 *
 * Return: as play_run().
 */
int play_source(struct campaign_play *play, engine_source next, void *context,
		enum play_faults faults);

/**
 * play_verify() - read and compare
 * @play: the user
 * @all: the whole disk; else what may have changed, and samples
 * @faults: PLAY_PERFECT, or PLAY_ERRORS if reads may fail
 *
 * Return: 0 or -1.
 */
int play_verify(struct campaign_play *play, bool all, enum play_faults faults);

/**
 * play_all_durable() - what was acknowledged is durable now, as by a flush
 *
 * For a disk that was closed in good order.
 */
void play_all_durable(struct campaign_play *play);

#endif /* CAMPAIGN_PLAY_H */
