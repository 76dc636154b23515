// SPDX-License-Identifier: GPL-2.0-only
/*
 * Power cuts: parsing, grouping, deciding, enumerating.
 */
#include "sim_test.h"
#include "../dm-sim/sim-cut.h"

static int cut_parse(struct sim_cut *cut, struct sim_test_text *why,
		     const char *first, const char *second)
{
	char *words[2] = { (char *)first, (char *)second };

	return sim_cut_parse(cut, first ? 1 + !!second : 0, words, 77,
			     sim_test_text(why));
}

static void words_make_a_policy(struct kunit *test)
{
	struct sim_test_text why;
	struct sim_cut cut;

	KUNIT_ASSERT_EQ(test, cut_parse(&cut, &why, NULL, NULL), 0);
	KUNIT_EXPECT_EQ(test, cut.kind, SIM_CUT_SEED);
	KUNIT_EXPECT_EQ(test, cut.seed, 77);
	KUNIT_ASSERT_EQ(test, cut_parse(&cut, &why, "seed", "5"), 0);
	KUNIT_EXPECT_EQ(test, cut.seed, 5);
	KUNIT_ASSERT_EQ(test, cut_parse(&cut, &why, "keep", "all"), 0);
	KUNIT_EXPECT_EQ(test, cut.kind, SIM_CUT_ALL);
	KUNIT_ASSERT_EQ(test, cut_parse(&cut, &why, "keep", "none"), 0);
	KUNIT_EXPECT_EQ(test, cut.kind, SIM_CUT_NONE);
	KUNIT_ASSERT_EQ(test, cut_parse(&cut, &why, "keep", "3,7-9"), 0);
	KUNIT_EXPECT_EQ(test, cut.kind, SIM_CUT_LIST);
	KUNIT_EXPECT_EQ(test, cut.range_count, 2);
	KUNIT_EXPECT_EQ(test, cut.ranges[1][1], 9);
	KUNIT_ASSERT_EQ(test, cut_parse(&cut, &why, "state", "4"), 0);
	KUNIT_EXPECT_EQ(test, cut.state, 4);
}

static const char *const bad_cuts[][2] = {
	{ "seed", "x" }, { "seed", NULL }, { "keep", "" }, { "keep", "1," },
	{ "keep", "2-1" }, { "keep", "1;2" }, { "keep", "1-" }, { "state", "-1" },
	{ "lose", "all" },
};

static void bad_words_are_refused(struct kunit *test)
{
	struct sim_test_text why;
	struct sim_cut cut;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(bad_cuts); i++) {
		KUNIT_EXPECT_EQ_MSG(test, cut_parse(&cut, &why, bad_cuts[i][0],
						    bad_cuts[i][1]),
				    -EINVAL, "%u", i);
		KUNIT_EXPECT_GT(test, why.text.used_bytes, 0);
	}
}

/* Blocks 4 (writes 1, 3) and 9 (write 2) of device 0, block 4 (5) of device 1. */
static const struct sim_unit sample[] = {
	{ .device = 1, .block = 4, .order = 3, .number = 5 },
	{ .device = 0, .block = 4, .order = 2, .number = 3 },
	{ .device = 0, .block = 9, .order = 1, .number = 2 },
	{ .device = 0, .block = 4, .order = 0, .number = 1 },
};

static void units_are_grouped_in_order_of_effect(struct kunit *test)
{
	struct sim_unit units[4];

	memcpy(units, sample, sizeof(units));
	sim_cut_sort(units, 4);
	KUNIT_EXPECT_EQ(test, units[0].number, 1);
	KUNIT_EXPECT_EQ(test, units[1].number, 3);
	KUNIT_EXPECT_EQ(test, units[2].number, 2);
	KUNIT_EXPECT_EQ(test, units[3].number, 5);
	KUNIT_EXPECT_EQ(test, sim_cut_group(units, 4), 2);
	KUNIT_EXPECT_EQ(test, sim_cut_group(units + 2, 2), 1);
}

/* 0 = old, else the number of the write. */
static u64 sample_fate(struct sim_cut *cut, struct sim_unit *group, u32 count)
{
	struct sim_outcome outcome;

	sim_cut_decide(cut, group, count, &outcome);
	return outcome.fate == SIM_FATE_OLD ? 0 : group[outcome.index].number;
}

static void newest_survivor_wins(struct kunit *test)
{
	struct sim_cut cut = { .kind = SIM_CUT_LIST, .range_count = 1,
			       .ranges = { { 1, 2 } } };
	struct sim_unit units[4];

	memcpy(units, sample, sizeof(units));
	sim_cut_sort(units, 4);
	KUNIT_EXPECT_EQ(test, sample_fate(&cut, units, 2), 1);
	cut.ranges[0][1] = 3;
	KUNIT_EXPECT_EQ(test, sample_fate(&cut, units, 2), 3);
	cut.kind = SIM_CUT_NONE;
	KUNIT_EXPECT_EQ(test, sample_fate(&cut, units, 2), 0);
	cut.kind = SIM_CUT_ALL;
	KUNIT_EXPECT_EQ(test, sample_fate(&cut, units, 2), 3);
}

/* I-CUT-2: the fate of a block does not depend on what else is unflushed. */
static void seed_decides_each_block_alone(struct kunit *test)
{
	struct sim_cut cut = { .kind = SIM_CUT_SEED };
	struct sim_unit unit = { .number = 12 };
	u32 kept = 0;

	for (cut.seed = 0; cut.seed < 64; cut.seed++) {
		u64 first;

		unit.block = cut.seed;
		first = sample_fate(&cut, &unit, 1);
		KUNIT_EXPECT_EQ(test, sample_fate(&cut, &unit, 1), first);
		kept += !!first;
	}
	KUNIT_EXPECT_GT(test, kept, 10);
	KUNIT_EXPECT_LT(test, kept, 54);
}

/* I-CUT-3: 3 x 2 x 2 states, all different. */
static void states_are_all_choices(struct kunit *test)
{
	struct sim_unit units[4];
	u32 seen = 0;
	u64 k, bits;

	memcpy(units, sample, sizeof(units));
	sim_cut_sort(units, 4);
	KUNIT_ASSERT_EQ(test, sim_cut_states(units, 4, &bits), 12);
	KUNIT_EXPECT_EQ(test, bits, 4);
	for (k = 0; k < 12; k++) {
		struct sim_cut cut = { .kind = SIM_CUT_STATE, .state = k };
		u64 first = sample_fate(&cut, units, 2);
		u64 second = sample_fate(&cut, units + 2, 1);
		u64 third = sample_fate(&cut, units + 3, 1);

		seen |= 1u << ((first == 3 ? 2 : first) * 4 + !!second * 2 + !!third);
		KUNIT_EXPECT_EQ(test, cut.state, 0);
		if (!k)
			KUNIT_EXPECT_EQ(test, first + second + third, 0);
	}
	KUNIT_EXPECT_EQ(test, seen, 0xfff);
}

static void damage_adds_states(struct kunit *test)
{
	struct sim_unit units[2] = {
		{ .order = 0, .number = 1, .damage = SIM_DAMAGE_TORN },
		{ .order = 1, .number = 2, .damage = SIM_DAMAGE_TORN },
	};
	u32 fates[4] = {};
	u64 k;

	KUNIT_EXPECT_EQ(test, sim_cut_states(units, 2, NULL), 5);
	units[0].damage |= SIM_DAMAGE_GARBAGE;
	KUNIT_EXPECT_EQ(test, sim_cut_states(units, 2, NULL), 6);
	for (k = 0; k < 6; k++) {
		struct sim_cut cut = { .kind = SIM_CUT_STATE, .state = k };
		struct sim_outcome outcome;

		sim_cut_decide(&cut, units, 2, &outcome);
		KUNIT_ASSERT_LT(test, outcome.index, 2);
		fates[outcome.fate]++;
	}
	KUNIT_EXPECT_EQ(test, fates[SIM_FATE_OLD], 1);
	KUNIT_EXPECT_EQ(test, fates[SIM_FATE_NEW], 2);
	KUNIT_EXPECT_EQ(test, fates[SIM_FATE_TORN], 2);
	KUNIT_EXPECT_EQ(test, fates[SIM_FATE_GARBAGE], 1);
}

static void astronomical_number_saturates(struct kunit *test)
{
	static struct sim_unit units[100];
	u64 bits;
	u32 i;

	for (i = 0; i < 100; i++)
		units[i].block = i;
	KUNIT_EXPECT_EQ(test, sim_cut_states(units, 62, &bits), 1ull << 62);
	KUNIT_EXPECT_EQ(test, sim_cut_states(units, 63, &bits), U64_MAX);
	KUNIT_EXPECT_EQ(test, sim_cut_states(units, 100, &bits), U64_MAX);
	KUNIT_EXPECT_EQ(test, bits, 100);
	KUNIT_EXPECT_EQ(test, sim_cut_states(units, 0, &bits), 1);
}

static struct kunit_case sim_cut_cases[] = {
	KUNIT_CASE(words_make_a_policy),
	KUNIT_CASE(bad_words_are_refused),
	KUNIT_CASE(units_are_grouped_in_order_of_effect),
	KUNIT_CASE(newest_survivor_wins),
	KUNIT_CASE(seed_decides_each_block_alone),
	KUNIT_CASE(states_are_all_choices),
	KUNIT_CASE(damage_adds_states),
	KUNIT_CASE(astronomical_number_saturates),
	{}
};

static struct kunit_suite sim_cut_suite = {
	.name = "sim_cut",
	.test_cases = sim_cut_cases,
};
kunit_test_suite(sim_cut_suite);
