/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Seeded jitter: what keeps a thousand clients of one server from moving in
 * step, and still lets a test repeat a run exactly.
 *
 * splitmix64: one word of state, every seed (also 0 and neighbours) gives an
 * unrelated sequence. Not for secrets. The owner's lock protects the state.
 */
#ifndef FVD_JITTER_H
#define FVD_JITTER_H

#include "fvd-portability.h"

/** struct fvd_jitter - a generator. Start: give @state a seed. */
struct fvd_jitter {
	u64 state;
};

/** fvd_jitter_next() - the next 64 random bits. */
static inline u64 fvd_jitter_next(struct fvd_jitter *jitter)
{
	u64 z = jitter->state += 0x9E3779B97F4A7C15ULL;

	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
	z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
	return z ^ (z >> 31);
}

/** fvd_jitter_below() - a number from 0 to @limit - 1; 0 if @limit is 0. */
static inline u32 fvd_jitter_below(struct fvd_jitter *jitter, u32 limit)
{
	return ((fvd_jitter_next(jitter) >> 32) * limit) >> 32;
}

/**
 * fvd_jitter_spread() - a number around @value: half of it to one and a half.
 * @jitter: the generator
 * @value: up to 2^62
 *
 * Its mean is @value.
 */
static inline u64 fvd_jitter_spread(struct fvd_jitter *jitter, u64 value)
{
	/* In 1024ths, in two parts, so that nothing overflows. */
	u64 part = 512 + fvd_jitter_below(jitter, 1025);

	return (value >> 10) * part + (((value & 1023) * part) >> 10);
}

#endif /* FVD_JITTER_H */
