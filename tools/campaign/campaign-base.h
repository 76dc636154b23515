/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rounds about the base: it fails and comes back; it is not needed any more.
 */
#ifndef CAMPAIGN_BASE_H
#define CAMPAIGN_BASE_H

#include "campaign-round.h"

/**
 * base_outage() - the base fails under load, in one way or another
 * @campaign: a case with a base; the fvd device is there. If the image is
 *	complete mostly a new one takes its place
 *
 * Whatever happened: the image stays writable, and when the base is back
 * everything can be read. With a policy that waits a short failure is not even
 * noticed.
 *
 * Return: 0 or -1.
 */
int base_outage(struct campaign *campaign);

/**
 * base_complete() - prefetch brings all over, and the power fails about then
 * @campaign: as for base_outage()
 *
 * Undisturbed, prefetch must come to its end. Then the base is not needed, and
 * never again.
 *
 * Return: 0 or -1.
 */
int base_complete(struct campaign *campaign);

/**
 * base_wait_complete() - until prefetch has nothing left to do
 * @facts: receives what the status told at last
 * @ms: not longer
 *
 * Also returns when it gave up, when nothing can be written any more, and when
 * the power is off.
 */
void base_wait_complete(struct stack_facts *facts, uint32_t ms);

#endif /* CAMPAIGN_BASE_H */
