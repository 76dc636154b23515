// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules: text, matching, firing.
 */
#include "sim_test.h"
#include "../dm-sim/sim-rule.h"

struct rule_bench {
	struct list_head rules;
	struct sim_rule rule[4];
	u32 count;
	u32 state;
	u64 number;
	struct sim_test_text why;
};

static void bench_start(struct rule_bench *bench)
{
	memset(bench, 0, sizeof(*bench));
	INIT_LIST_HEAD(&bench->rules);
}

static void bench_add(struct kunit *test, struct rule_bench *bench,
		      const char *word)
{
	struct sim_rule *rule = &bench->rule[bench->count++];

	KUNIT_ASSERT_EQ_MSG(test, sim_rule_parse(rule, word, sim_test_text(&bench->why)),
			    0, "%s: %s", word, bench->why.buffer);
	if (!rule->tag)
		rule->tag = bench->count;
	list_add_tail(&rule->list, &bench->rules);
}

static struct sim_decision bench_decide(struct rule_bench *bench,
					enum sim_op op, u64 sector, u32 sectors)
{
	struct sim_request request = {
		.number = ++bench->number, .op = op,
		.sector = sector, .sectors = sectors,
	};
	struct sim_decision decision;

	sim_rules_decide(&bench->rules, &bench->state, 42, &request, &decision);
	return decision;
}

/* Which of the first @count writes meet the action, as a bit set from bit 0. */
static u32 bench_fired(struct rule_bench *bench, u32 count)
{
	u32 fired = 0;
	u32 i;

	for (i = 0; i < count; i++) {
		if (bench_decide(bench, SIM_OP_WRITE, 0, 8).action)
			fired |= 1u << i;
	}
	return fired;
}

static const char *const round_trips[] = {
	"op=any,pass",
	"op=write+flush,tag=9,sectors=2048-2055,nth=3,state=1,set=2,error=medium",
	"op=read,after=2,every=3,count=4,prob=1/7,flip=3",
	"op=any,sectors=18014398509481983-18014398509481983,pass",
	"op=any,error=ioerr",
	"op=any,delay=1500",
	"op=fua,hold",
	"op=any,break",
	"op=flush,lose",
	"op=write,misdirect=-64",
	"op=write,tear=1",
	"op=write,short=4:nospc",
	"op=any,cut",
};

static void text_of_a_rule_makes_the_rule(struct kunit *test)
{
	struct sim_test_text why, text;
	struct sim_rule rule;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(round_trips); i++) {
		KUNIT_ASSERT_EQ_MSG(test, sim_rule_parse(&rule, round_trips[i],
							 sim_test_text(&why)),
				    0, "%s: %s", round_trips[i], why.buffer);
		sim_rule_print(&rule, sim_test_text(&text));
		KUNIT_EXPECT_STREQ(test, text.buffer, round_trips[i]);
	}
}

static const char *const bad_rules[][2] = {
	{ "", "term 1 \"\"" },
	{ "op=write,", "term 2" },
	{ "op", "term 1 \"op\": bad value" },
	{ "op=", "bad value" },
	{ "op=write+", "bad value" },
	{ "op=wrote", "bad value" },
	{ "sectors=8", "bad value" },
	{ "sectors=8+0", "bad value" },
	{ "sectors=9-8", "bad value" },
	{ "sectors=0+18446744073709551615", "bad value" },
	{ "sectors=18014398509481984+1", "bad value" },
	{ "sectors=18014398509481983+2", "bad value" }, /* its text, A-B, would be */
	{ "nth=0", "bad value" },
	{ "nth=1x", "bad value" },
	{ "every=0", "bad value" },
	{ "count=0", "bad value" },
	{ "prob=1", "bad value" },
	{ "prob=2/1", "bad value" },
	{ "prob=0/0", "bad value" },
	{ "state=16", "bad value" },
	{ "set=99999999999999999999", "bad value" },
	{ "tag=0", "bad value" },
	{ "error=ok", "bad value" },
	{ "error=", "bad value" },
	{ "delay", "bad value" },
	{ "delay=86400000001", "bad value" },
	{ "hold=1", "bad value" },
	{ "misdirect=--1", "bad value" },
	{ "misdirect", "bad value" },
	{ "flip=4097", "bad value" },
	{ "short=1:bogus", "bad value" },
	{ "short=1;ioerr", "bad value" },
	{ "op=read,error,lose", "term 3 \"lose\": a second action" },
	{ "op=read,tear=1", "tear has no meaning" },
	{ "op=flush,flip=1", "flip has no meaning" },
	{ "bogus=1", "term 1 \"bogus=1\": unknown word" },
};

/* I-RULE-1 */
static void bad_rule_is_refused_with_its_term(struct kunit *test)
{
	struct sim_test_text why;
	struct sim_rule rule;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(bad_rules); i++) {
		KUNIT_EXPECT_EQ_MSG(test, sim_rule_parse(&rule, bad_rules[i][0],
							 sim_test_text(&why)),
				    -EINVAL, "%s", bad_rules[i][0]);
		KUNIT_EXPECT_TRUE_MSG(test, strstr(why.buffer, bad_rules[i][1]),
				      "%s: %s", bad_rules[i][0], why.buffer);
	}
}

/* Any bytes are refused or make a rule whose text makes it again. */
static void random_text_is_safe(struct kunit *test)
{
	static const char letters[] = "opwriteflushnthtagerrorsectors=,+-:/0123456789x";
	struct sim_test_text why, text, again;
	u64 seed = sim_test_seed(test);
	struct sim_rule rule;
	char word[128];
	u64 which = 0;
	u32 i, j;

	for (i = 0; i < 20000; i++) {
		const char *base = round_trips[i % ARRAY_SIZE(round_trips)];

		snprintf(word, sizeof(word), "%s", base);
		for (j = sim_test_random(seed, &which) % 4; j; j--)
			word[sim_test_random(seed, &which) % strlen(base)] =
				letters[sim_test_random(seed, &which) %
					(sizeof(letters) - 1)];
		if (sim_rule_parse(&rule, word, sim_test_text(&why)))
			continue;
		sim_rule_print(&rule, sim_test_text(&text));
		KUNIT_ASSERT_EQ_MSG(test, sim_rule_parse(&rule, text.buffer,
							 sim_test_text(&why)),
				    0, "%s: %s", word, text.buffer);
		sim_rule_print(&rule, sim_test_text(&again));
		KUNIT_ASSERT_STREQ(test, text.buffer, again.buffer);
	}
}

static void errno_names_are_statuses(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, sim_status_parse("EIO", 3), SIM_STATUS_IOERR);
	KUNIT_EXPECT_EQ(test, sim_status_parse("ENOSPC", 6), SIM_STATUS_NOSPC);
	KUNIT_EXPECT_EQ(test, sim_status_parse("medium", 6), SIM_STATUS_MEDIUM);
	KUNIT_EXPECT_EQ(test, sim_status_parse("ok", 2), -EINVAL);
	KUNIT_EXPECT_EQ(test, sim_status_parse("0", 1), -EINVAL);
}

static const struct {
	const char *rule;
	u32 fired;	/* of the first 12 writes */
} patterns[] = {
	{ "error", 0xfff },
	{ "nth=1,error", 0x001 },
	{ "nth=3,error", 0x004 },
	{ "after=3,error", 0xff8 },
	{ "after=3,nth=2,error", 0x010 },
	{ "every=4,error", 0x888 },
	{ "every=4,count=2,error", 0x088 },
	{ "count=3,error", 0x007 },
	{ "prob=0/1,error", 0x000 },
	{ "prob=5/5,error", 0xfff },
	{ "op=read,error", 0x000 },
	{ "op=fua,error", 0x000 },
	{ "sectors=8+1,error", 0x000 },
	{ "sectors=7+1,error", 0xfff },
	{ "state=1,error", 0x000 },
	{ "state=0,set=1,error", 0x001 },
};

static void rule_fires_in_its_pattern(struct kunit *test)
{
	static struct rule_bench bench;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(patterns); i++) {
		bench_start(&bench);
		bench_add(test, &bench, patterns[i].rule);
		KUNIT_EXPECT_EQ_MSG(test, bench_fired(&bench, 12),
				    patterns[i].fired, "%s", patterns[i].rule);
	}
}

static void range_is_touched_at_its_ends(struct kunit *test)
{
	static struct rule_bench bench;

	bench_start(&bench);
	bench_add(test, &bench, "sectors=10-19,error");
	KUNIT_EXPECT_EQ(test, bench_decide(&bench, SIM_OP_READ, 2, 8).action, 0);
	KUNIT_EXPECT_NE(test, bench_decide(&bench, SIM_OP_READ, 3, 8).action, 0);
	KUNIT_EXPECT_NE(test, bench_decide(&bench, SIM_OP_READ, 19, 1).action, 0);
	KUNIT_EXPECT_EQ(test, bench_decide(&bench, SIM_OP_READ, 20, 8).action, 0);
	KUNIT_EXPECT_NE(test, bench_decide(&bench, SIM_OP_READ, 0, 100).action, 0);
	KUNIT_EXPECT_EQ(test, bench_decide(&bench, SIM_OP_FLUSH, 0, 0).action, 0);
}

static void fua_write_is_a_write_too(struct kunit *test)
{
	static struct rule_bench bench;

	bench_start(&bench);
	bench_add(test, &bench, "op=write,error");
	KUNIT_EXPECT_NE(test, bench_decide(&bench, SIM_OP_FUA, 0, 8).action, 0);
	bench_start(&bench);
	bench_add(test, &bench, "op=fua,error");
	KUNIT_EXPECT_NE(test, bench_decide(&bench, SIM_OP_FUA, 0, 8).action, 0);
}

/* I-RULE-3 */
static void action_skips_ops_without_meaning(struct kunit *test)
{
	static struct rule_bench bench;

	bench_start(&bench);
	bench_add(test, &bench, "op=any,lose");
	KUNIT_EXPECT_EQ(test, bench_decide(&bench, SIM_OP_READ, 0, 8).action, 0);
	KUNIT_EXPECT_EQ(test, bench_decide(&bench, SIM_OP_FLUSH, 0, 0).action,
			SIM_ACTION_LOSE);
	KUNIT_EXPECT_EQ(test, bench.rule[0].matched, 1);
}

static void first_rule_that_fires_decides(struct kunit *test)
{
	struct sim_decision decision;
	static struct rule_bench bench;

	bench_start(&bench);
	bench_add(test, &bench, "op=write,nth=2,error=medium");
	bench_add(test, &bench, "op=write,delay=5");
	decision = bench_decide(&bench, SIM_OP_WRITE, 0, 8);
	KUNIT_EXPECT_EQ(test, decision.tag, 2);
	KUNIT_EXPECT_EQ(test, decision.argument, 5);
	decision = bench_decide(&bench, SIM_OP_WRITE, 0, 8);
	KUNIT_EXPECT_EQ(test, decision.tag, 1);
	KUNIT_EXPECT_EQ(test, decision.status, SIM_STATUS_MEDIUM);
	/* Matches are counted by all, so that nth does not depend on others. */
	KUNIT_EXPECT_EQ(test, bench.rule[1].matched, 2);
	KUNIT_EXPECT_EQ(test, bench.rule[1].fired, 1);
}

static void state_changes_from_the_next_bio_on(struct kunit *test)
{
	static struct rule_bench bench;

	bench_start(&bench);
	bench_add(test, &bench, "op=flush,set=3");
	bench_add(test, &bench, "state=3,error");
	KUNIT_EXPECT_EQ(test, bench_decide(&bench, SIM_OP_FLUSH, 0, 0).action, 0);
	KUNIT_EXPECT_EQ(test, bench.state, 3);
	KUNIT_EXPECT_NE(test, bench_decide(&bench, SIM_OP_READ, 0, 8).action, 0);
}

/* I-RULE-2 */
static void chance_depends_on_seed_and_number_only(struct kunit *test)
{
	static struct rule_bench first, second;

	bench_start(&first);
	bench_add(test, &first, "tag=7,prob=1/2,error");
	bench_start(&second);
	bench_add(test, &second, "op=read,error");
	bench_add(test, &second, "tag=7,prob=1/2,error");
	KUNIT_EXPECT_EQ(test, bench_fired(&first, 32), bench_fired(&second, 32));
}

static struct kunit_case sim_rule_cases[] = {
	KUNIT_CASE(text_of_a_rule_makes_the_rule),
	KUNIT_CASE(bad_rule_is_refused_with_its_term),
	KUNIT_CASE(random_text_is_safe),
	KUNIT_CASE(errno_names_are_statuses),
	KUNIT_CASE(rule_fires_in_its_pattern),
	KUNIT_CASE(range_is_touched_at_its_ends),
	KUNIT_CASE(fua_write_is_a_write_too),
	KUNIT_CASE(action_skips_ops_without_meaning),
	KUNIT_CASE(first_rule_that_fires_decides),
	KUNIT_CASE(state_changes_from_the_next_bio_on),
	KUNIT_CASE(chance_depends_on_seed_and_number_only),
	{}
};

static struct kunit_suite sim_rule_suite = {
	.name = "sim_rule",
	.test_cases = sim_rule_cases,
};
kunit_test_suite(sim_rule_suite);
