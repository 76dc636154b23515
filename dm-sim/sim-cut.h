/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a power cut leaves of the unflushed writes.
 *
 * Layer 0. The unflushed writes of all devices of a rail are laid out as an
 * array of units, one for each block of each write. After sim_cut_sort() the
 * units of one block are neighbours, in the order of their effects; such a
 * group ends as one of 1 + n versions ("old" or one of the n), and if the
 * device allows it, torn or as garbage. The group is the digit and the number
 * of its outcomes the radix of the number K that names a state of the rail.
 */
#ifndef SIM_CUT_H
#define SIM_CUT_H

#include "sim-portability.h"
#include "sim-text.h"

/**
 * struct sim_unit - one block of one unflushed write
 * @block: logical block
 * @order: position among the effects
 * @number: arrival number of the write
 * @source: where the content is; for the caller
 * @offset_bytes: where in it; for the caller
 * @device: index on the rail
 * @damage: SIM_DAMAGE_* that the device allows
 */
struct sim_unit {
	u64 block;
	u64 order;
	u64 number;
	void *source;
	u32 offset_bytes;
	u16 device;
	u16 damage;
};

#define SIM_DAMAGE_TORN 1	/* first part new, rest as before */
#define SIM_DAMAGE_GARBAGE 2	/* neither old nor new */

enum sim_cut_kind {
	SIM_CUT_SEED,
	SIM_CUT_ALL,
	SIM_CUT_NONE,
	SIM_CUT_LIST,
	SIM_CUT_STATE,
};

#define SIM_CUT_RANGES_MAX 64

/**
 * struct sim_cut - how to decide
 * @kind: which of the fields below counts
 * @seed: SIM_CUT_SEED: a coin for each block of each write; also the seed of
 *	the damage
 * @state: SIM_CUT_STATE: the number of the state; consumed digit by digit
 * @ranges: SIM_CUT_LIST: arrival numbers that survive, pairs first, last
 * @range_count: how many pairs
 */
struct sim_cut {
	enum sim_cut_kind kind;
	u64 seed;
	u64 state;
	u64 ranges[SIM_CUT_RANGES_MAX][2];
	u32 range_count;
};

enum sim_fate {
	SIM_FATE_OLD,		/* what the lower device has */
	SIM_FATE_NEW,		/* the chosen version */
	SIM_FATE_TORN,		/* its first bytes, then what the device has */
	SIM_FATE_GARBAGE,
};

/**
 * struct sim_outcome - how a block ends
 * @fate: what it holds
 * @index: which unit of the group, for NEW and TORN
 * @random: for the position of the tear and for the garbage
 */
struct sim_outcome {
	enum sim_fate fate;
	u32 index;
	u64 random;
};

/**
 * sim_cut_parse() - read what power_cut was told
 * @cut: filled on success
 * @argc: words
 * @argv: nothing, or "seed N", "keep all", "keep none", "keep LIST" with
 *	LIST = 3,7,10-12, or "state K"
 * @seed: when nothing is said
 * @why: what was wrong
 *
 * Return: 0 or -EINVAL with @why filled.
 */
int __must_check sim_cut_parse(struct sim_cut *cut, u32 argc, char **argv,
			       u64 seed, struct sim_text *why);

/** sim_cut_sort() - group the units: by device, block, order of effect */
void sim_cut_sort(struct sim_unit *units, u32 count);

/** sim_cut_group() - how many units from @units[0] on are of the same block */
u32 sim_cut_group(const struct sim_unit *units, u32 count);

/**
 * sim_cut_decide() - how a group ends
 * @cut: the policy; state is consumed
 * @group: the units
 * @count: how many, at least 1
 * @outcome: result
 */
void sim_cut_decide(struct sim_cut *cut, const struct sim_unit *group,
		    u32 count, struct sim_outcome *outcome);

/**
 * sim_cut_states() - how many states there are
 * @units: sorted
 * @count: how many
 * @bits: if not NULL: the next power of two above the number, as an exponent
 *	(an upper bound, for numbers that do not fit)
 *
 * Return: the number, U64_MAX if it does not fit in 63 bits.
 */
u64 sim_cut_states(const struct sim_unit *units, u32 count, u64 *bits);

#endif /* SIM_CUT_H */
