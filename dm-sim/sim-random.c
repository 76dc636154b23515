// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random numbers that are a function of what they are for.
 *
 * I-RND-1: the result depends on the four arguments only. The mixer is the
 * finalizer of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom
 * number generators", 2014), whose author put it in the public domain; it is
 * a bijection in which every input bit reaches every output bit. Cryptographic
 * strength is not wanted.
 */
#include "sim-random.h"

static u64 sim_random_mix(u64 x)
{
	x += 0x9e3779b97f4a7c15ull; /* 2^64 / golden ratio: no run of zeros */
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

u64 sim_random(u64 seed, enum sim_stream stream, u64 which, u64 part)
{
	u64 x = sim_random_mix(seed);

	x = sim_random_mix(x ^ stream);
	x = sim_random_mix(x ^ which);
	return sim_random_mix(x ^ part);
}

u64 sim_random_below(u64 random, u64 bound)
{
	u64 remainder;

	if (!bound)
		return 0;
	div64_u64_rem(random, bound, &remainder);
	return remainder;
}
