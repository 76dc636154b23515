// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a power cut leaves of the unflushed writes.
 *
 * I-CUT-1: a block ends as one of the versions since the last durable one, in
 * whatever way it is decided; older than durable is never possible.
 * I-CUT-2: by seed, a block of a write survives or not by a coin that depends
 * on (seed, arrival number, block) only; the newest that survives wins.
 * I-CUT-3: the states 0 .. sim_cut_states() - 1 are all different choices and
 * all choices; state 0 is "everything old".
 */
#include "sim-cut.h"
#include "sim-random.h"

/* One in so many surviving blocks is damaged, if damage is allowed. */
#define SIM_CUT_DAMAGED_ONE_IN 8

static int sim_cut_parse_list(struct sim_cut *cut, const char *word)
{
	const char *at = word;

	cut->kind = SIM_CUT_LIST;
	do {
		u64 *range;

		if (cut->range_count == SIM_CUT_RANGES_MAX)
			return -E2BIG;
		range = cut->ranges[cut->range_count++];
		if (sim_text_take_u64(&at, &range[0]))
			return -EINVAL;
		range[1] = range[0];
		if (*at == '-') {
			at++;
			if (sim_text_take_u64(&at, &range[1]) ||
			    range[1] < range[0])
				return -EINVAL;
		}
	} while (*at++ == ',');
	return at[-1] ? -EINVAL : 0;
}

int sim_cut_parse(struct sim_cut *cut, u32 argc, char **argv, u64 seed,
		  struct sim_text *why)
{
	int r = -EINVAL;

	memset(cut, 0, sizeof(*cut));
	cut->kind = SIM_CUT_SEED;
	cut->seed = seed;
	if (!argc)
		return 0;
	if (argc != 2) {
		sim_text_add(why, "power_cut takes nothing, seed N, keep WHAT or state K");
		return -EINVAL;
	}
	if (!strcmp(argv[0], "seed")) {
		r = sim_text_to_u64(argv[1], &cut->seed);
	} else if (!strcmp(argv[0], "state")) {
		cut->kind = SIM_CUT_STATE;
		r = sim_text_to_u64(argv[1], &cut->state);
	} else if (!strcmp(argv[0], "keep")) {
		r = 0;
		if (!strcmp(argv[1], "all"))
			cut->kind = SIM_CUT_ALL;
		else if (!strcmp(argv[1], "none"))
			cut->kind = SIM_CUT_NONE;
		else
			r = sim_cut_parse_list(cut, argv[1]);
	} else {
		sim_text_add(why, "power_cut \"%.40s\": unknown word", argv[0]);
		return -EINVAL;
	}
	if (r)
		sim_text_add(why, "power_cut %s \"%.40s\": %s", argv[0], argv[1],
			     r == -E2BIG ? "list too long" : "bad value");
	return r ? -EINVAL : 0;
}

static int sim_cut_compare(const void *a, const void *b)
{
	const struct sim_unit *left = a;
	const struct sim_unit *right = b;

	if (left->device != right->device)
		return left->device < right->device ? -1 : 1;
	if (left->block != right->block)
		return left->block < right->block ? -1 : 1;
	if (left->order != right->order)
		return left->order < right->order ? -1 : 1;
	return 0;
}

void sim_cut_sort(struct sim_unit *units, u32 count)
{
	if (count > 1)
		sim_sort(units, count, sizeof(*units), sim_cut_compare);
}

u32 sim_cut_group(const struct sim_unit *units, u32 count)
{
	u32 length = 1;

	while (length < count && units[length].device == units[0].device &&
	       units[length].block == units[0].block)
		length++;
	return length;
}

/* Outcomes of a group: old, each version, each version torn, garbage. */
static u64 sim_cut_radix(const struct sim_unit *group, u32 count)
{
	u64 radix = 1 + (u64)count;

	if (group->damage & SIM_DAMAGE_TORN)
		radix += count;
	if (group->damage & SIM_DAMAGE_GARBAGE)
		radix++;
	return radix;
}

static void sim_cut_by_state(struct sim_cut *cut, const struct sim_unit *group,
			     u32 count, struct sim_outcome *outcome)
{
	u64 digit;

	cut->state = div64_u64_rem(cut->state, sim_cut_radix(group, count), &digit);
	if (!digit) {
		outcome->fate = SIM_FATE_OLD;
	} else if (digit <= count) {
		outcome->fate = SIM_FATE_NEW;
		outcome->index = digit - 1;
	} else if ((group->damage & SIM_DAMAGE_TORN) && digit <= 2 * (u64)count) {
		outcome->fate = SIM_FATE_TORN;
		outcome->index = digit - 1 - count;
	} else {
		outcome->fate = SIM_FATE_GARBAGE;
	}
}

static bool sim_cut_in_list(const struct sim_cut *cut, u64 number)
{
	u32 i;

	for (i = 0; i < cut->range_count; i++) {
		if (number >= cut->ranges[i][0] && number <= cut->ranges[i][1])
			return true;
	}
	return false;
}

static bool sim_cut_survives(const struct sim_cut *cut,
			     const struct sim_unit *unit)
{
	switch (cut->kind) {
	case SIM_CUT_ALL:
		return true;
	case SIM_CUT_LIST:
		return sim_cut_in_list(cut, unit->number);
	case SIM_CUT_SEED:
		return sim_random(cut->seed, SIM_STREAM_CUT, unit->number,
				  unit->block) & 1;
	default:
		return false;
	}
}

/* By seed only: a survivor may be damaged, if its device allows damage. */
static void sim_cut_damage(const struct sim_cut *cut, const struct sim_unit *unit,
			   struct sim_outcome *outcome)
{
	u64 dice = outcome->random & 0xff;

	if (cut->kind != SIM_CUT_SEED || dice >= 256 / SIM_CUT_DAMAGED_ONE_IN)
		return;
	if (unit->damage == (SIM_DAMAGE_TORN | SIM_DAMAGE_GARBAGE))
		outcome->fate = dice & 1 ? SIM_FATE_TORN : SIM_FATE_GARBAGE;
	else if (unit->damage & SIM_DAMAGE_TORN)
		outcome->fate = SIM_FATE_TORN;
	else if (unit->damage & SIM_DAMAGE_GARBAGE)
		outcome->fate = SIM_FATE_GARBAGE;
}

void sim_cut_decide(struct sim_cut *cut, const struct sim_unit *group,
		    u32 count, struct sim_outcome *outcome)
{
	u32 i = count;

	memset(outcome, 0, sizeof(*outcome));
	outcome->random = sim_random(cut->seed, SIM_STREAM_DAMAGE,
				     group[count - 1].number, group->block);
	if (cut->kind == SIM_CUT_STATE) {
		sim_cut_by_state(cut, group, count, outcome);
		return;
	}
	while (i && !sim_cut_survives(cut, &group[i - 1]))
		i--;
	if (!i) {
		outcome->fate = SIM_FATE_OLD;
		return;
	}
	outcome->fate = SIM_FATE_NEW;
	outcome->index = i - 1;
	sim_cut_damage(cut, &group[i - 1], outcome);
}

u64 sim_cut_states(const struct sim_unit *units, u32 count, u64 *bits)
{
	u64 states = 1;
	u64 exponent = 0;
	u32 at = 0;

	while (at < count) {
		u32 length = sim_cut_group(units + at, count - at);
		u64 radix = sim_cut_radix(units + at, length);
		u64 remainder;

		if (states > div64_u64_rem(S64_MAX, radix, &remainder))
			states = U64_MAX;
		else
			states *= radix;
		while (radix > 1) {
			exponent++;
			radix = (radix + 1) / 2;
		}
		at += length;
	}
	if (bits)
		*bits = exponent;
	return states;
}
