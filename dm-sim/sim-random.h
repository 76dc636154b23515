/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random numbers that are a function of what they are for.
 *
 * Layer 0. There is no generator state: the number depends on the seed, on
 * what is being decided and on which one it is. So a decision about bio 7 is
 * the same whatever was decided before it, on any CPU, in any order.
 */
#ifndef SIM_RANDOM_H
#define SIM_RANDOM_H

#include "sim-portability.h"

/**
 * enum sim_stream - what a number is for, so that decisions stay independent
 * @SIM_STREAM_EFFECT: virtual delay before the effect; which = arrival number
 * @SIM_STREAM_COMPLETION: virtual delay after the effect; which = arrival number
 * @SIM_STREAM_RULE: does a rule with a probability fire; which = arrival number
 * @SIM_STREAM_FLIP: which bit to flip; which = arrival number
 * @SIM_STREAM_DESTAGE: what a full cache writes back; which = how many before
 * @SIM_STREAM_CUT: does a block of a write survive; which = arrival number
 * @SIM_STREAM_DAMAGE: how a block is torn or spoilt; which = arrival number
 */
enum sim_stream {
	SIM_STREAM_EFFECT = 1,
	SIM_STREAM_COMPLETION,
	SIM_STREAM_RULE,
	SIM_STREAM_FLIP,
	SIM_STREAM_DESTAGE,
	SIM_STREAM_CUT,
	SIM_STREAM_DAMAGE,
};

/**
 * sim_random() - the random number for one decision
 * @seed: the seed of the run
 * @stream: what is being decided
 * @which: for which bio
 * @part: for which part of it (block, rule, bit), 0 if there is one only
 *
 * Return: 64 well mixed bits.
 */
u64 sim_random(u64 seed, enum sim_stream stream, u64 which, u64 part);

/**
 * sim_random_below() - scale a random number
 * @random: what sim_random() returned
 * @bound: exclusive upper bound
 *
 * Return: a number in [0, @bound), 0 if @bound is 0.
 */
u64 sim_random_below(u64 random, u64 bound);

#endif /* SIM_RANDOM_H */
