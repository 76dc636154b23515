/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Seeded random numbers: a Weyl sequence through a 64-bit mixing function (the
 * construction known as splitmix64). One u64 of state, the same on every
 * machine, and good enough to place requests; not for secrets.
 */
#ifndef STRESS_RANDOM_H
#define STRESS_RANDOM_H

#include "stress-types.h"

/* The odd number next to 2^64 divided by the golden ratio. */
#define RANDOM_WEYL	0x9E3779B97F4A7C15ULL

/** struct stress_random - a stream of random numbers. @state: all there is. */
struct stress_random {
	u64 state;
};

/**
 * random_mix() - spread every bit of @x over the whole word, reversibly
 */
static inline u64 random_mix(u64 x)
{
	x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9ULL;
	x = (x ^ x >> 27) * 0x94D049BB133111EBULL;
	return x ^ x >> 31;
}

static inline u64 random_next(struct stress_random *random)
{
	random->state += RANDOM_WEYL;
	return random_mix(random->state);
}

/**
 * random_below() - a number in [0, @limit); 0 for a @limit of 0
 *
 * The modulo prefers small numbers by less than one in 2^32 for the limits
 * that occur here.
 */
static inline u64 random_below(struct stress_random *random, u64 limit)
{
	return limit ? random_next(random) % limit : 0;
}

/** random_chance() - true in @percent of 100 cases */
static inline bool random_chance(struct stress_random *random, u32 percent)
{
	return random_below(random, 100) < percent;
}

/**
 * random_log() - a number in [1, @limit], each power of two equally likely
 */
static inline u64 random_log(struct stress_random *random, u64 limit)
{
	u32 bits = 64 - (u32)__builtin_clzll(limit | 1);
	u64 top = 1ULL << random_below(random, bits);
	u64 value = top + random_below(random, top);

	return value > limit ? limit : value;
}

#endif /* STRESS_RANDOM_H */
