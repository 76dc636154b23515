// SPDX-License-Identifier: GPL-2.0-only
/*
 * Trace lines and replays.
 */
#include "sim_test.h"
#include "../dm-sim/sim-replay.h"
#include "../dm-sim/sim-trace.h"

static const char example[] =
	"17 complete 1 9 fua 2048 8 3 misdirect -64 2 medium 12345\n";

static void line_is_read_and_written(struct kunit *test)
{
	struct sim_trace_record record;
	struct sim_test_text why, text;

	KUNIT_ASSERT_EQ(test, sim_trace_parse(&record, example,
					      sim_test_text(&why)), 0);
	KUNIT_EXPECT_EQ(test, record.position, 17);
	KUNIT_EXPECT_EQ(test, record.kind, SIM_KIND_COMPLETE);
	KUNIT_EXPECT_EQ(test, record.argument, -64);
	KUNIT_EXPECT_EQ(test, record.status, SIM_STATUS_MEDIUM);
	sim_trace_print(&record, sim_test_text(&text));
	KUNIT_EXPECT_STREQ(test, text.buffer, example);
}

static const char *const bad_lines[][2] = {
	{ "", "bad position at column 1" },
	{ "x", "bad position" },
	{ "1 arrived", "bad kind at column 3" },
	{ "1 arrive 65536", "bad device" },
	{ "1 arrive 0 1 write", "bad sector" },
	{ "1 arrive 0 1 write 0 8 0 pass 0 16 ok 0", "bad state" },
	{ "1 arrive 0 1 write 0 8 0 pass --1 0 ok 0", "bad argument" },
	{ "1 arrive 0 1 write 0 8 0 pass 0 0 ok 0 more", "bad end of line" },
	{ "1 arrive 0 1 write 0 8 0 pass 0 0 ok 0x", "bad time" },
	{ "1  arrive", "bad kind" },
};

static void bad_line_is_refused_with_its_field(struct kunit *test)
{
	struct sim_trace_record record;
	struct sim_test_text why;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(bad_lines); i++) {
		KUNIT_EXPECT_EQ_MSG(test, sim_trace_parse(&record, bad_lines[i][0],
							  sim_test_text(&why)),
				    -EINVAL, "%s", bad_lines[i][0]);
		KUNIT_EXPECT_TRUE_MSG(test, strstr(why.buffer, bad_lines[i][1]),
				      "%s: %s", bad_lines[i][0], why.buffer);
	}
}

/* I-TRACE-1 under random damage. */
static void random_line_is_safe(struct kunit *test)
{
	u64 seed = sim_test_seed(test), which = 0;
	struct sim_trace_record record, again;
	struct sim_test_text why, text;
	char line[sizeof(example)];
	u32 i, j;

	for (i = 0; i < 20000; i++) {
		memcpy(line, example, sizeof(line));
		for (j = sim_test_random(seed, &which) % 3; j; j--)
			line[sim_test_random(seed, &which) % (sizeof(line) - 1)] =
				" 0123456789-abcdefox\n"[sim_test_random(seed, &which) % 21];
		if (sim_trace_parse(&record, line, sim_test_text(&why)))
			continue;
		sim_trace_print(&record, sim_test_text(&text));
		KUNIT_ASSERT_EQ(test, sim_trace_parse(&again, text.buffer,
						      sim_test_text(&why)), 0);
		KUNIT_ASSERT_MEMEQ(test, &record, &again, sizeof(record));
	}
}

static void hash_depends_on_each_field_but_position(struct kunit *test)
{
	struct sim_trace_record record = { .position = 1, .number = 2 };
	u64 hash = sim_trace_hash(SIM_TRACE_HASH_START, &record);
	struct sim_trace_record other = record;

	other.position = 9;
	KUNIT_EXPECT_EQ(test, sim_trace_hash(SIM_TRACE_HASH_START, &other), hash);
#define DIFFERS(field) do { \
		other = record; \
		other.field = 3; \
		KUNIT_EXPECT_NE(test, sim_trace_hash(SIM_TRACE_HASH_START, &other), \
				hash); \
	} while (0)
	DIFFERS(number);
	DIFFERS(sector);
	DIFFERS(time);
	DIFFERS(argument);
	DIFFERS(sectors);
	DIFFERS(tag);
	DIFFERS(state);
	DIFFERS(device);
	DIFFERS(kind);
	DIFFERS(op);
	DIFFERS(action);
	DIFFERS(status);
#undef DIFFERS
}

/* Two writes; the second is completed first; then the power fails. */
static struct sim_trace_record plan_records[] = {
	{ .position = 1, .kind = SIM_KIND_ARRIVE, .number = 1, .op = SIM_OP_WRITE,
	  .sector = 0, .sectors = 8 },
	{ .position = 2, .kind = SIM_KIND_ARRIVE, .number = 2, .op = SIM_OP_WRITE,
	  .sector = 8, .sectors = 8, .action = SIM_ACTION_TEAR, .argument = 2, .tag = 4 },
	{ .position = 3, .kind = SIM_KIND_EFFECT, .number = 2, .op = SIM_OP_WRITE },
	{ .position = 4, .kind = SIM_KIND_COMPLETE, .number = 2, .op = SIM_OP_WRITE },
	{ .position = 5, .kind = SIM_KIND_CUT, .number = 2 },
	{ .position = 6, .kind = SIM_KIND_COMPLETE, .number = 1, .op = SIM_OP_WRITE,
	  .status = SIM_STATUS_IOERR },
};

static void plan_start(struct kunit *test, struct sim_replay *replay)
{
	memset(replay, 0, sizeof(*replay));
	KUNIT_EXPECT_EQ(test, sim_replay_start(replay), -ENODATA);
	replay->records = plan_records;
	replay->count = ARRAY_SIZE(plan_records);
	KUNIT_ASSERT_EQ(test, sim_replay_start(replay), 0);
}

/* I-REPLAY-1 */
static void replay_answers_with_the_plan(struct kunit *test)
{
	struct sim_test_text text;
	struct sim_trace_record found = plan_records[0];
	struct sim_replay replay;
	struct sim_plan plan;

	plan_start(test, &replay);
	KUNIT_ASSERT_TRUE(test, sim_replay_arrive(&replay, &found, &plan));
	KUNIT_EXPECT_EQ(test, plan.effect, U32_MAX);
	KUNIT_EXPECT_EQ(test, plan.completion, 5);
	KUNIT_EXPECT_EQ(test, plan.status, SIM_STATUS_IOERR);
	/* The second write has not come: what follows it has to wait. */
	sim_replay_status(&replay, sim_test_text(&text));
	KUNIT_EXPECT_TRUE(test, strstr(text.buffer, "waits for 2 arrive 0 2 write 8 8"));
	KUNIT_EXPECT_FALSE(test, sim_replay_may_run(&replay, 2));
	found = plan_records[1];
	KUNIT_ASSERT_TRUE(test, sim_replay_arrive(&replay, &found, &plan));
	KUNIT_EXPECT_EQ(test, plan.decision.action, SIM_ACTION_TEAR);
	KUNIT_EXPECT_EQ(test, plan.decision.tag, 4);
	KUNIT_EXPECT_EQ(test, plan.effect, 2);
	KUNIT_EXPECT_TRUE(test, sim_replay_may_run(&replay, 3));
	KUNIT_EXPECT_FALSE(test, sim_replay_may_run(&replay, 5));
	KUNIT_EXPECT_TRUE(test, sim_replay_expects(&replay, SIM_KIND_CUT));
	sim_replay_input(&replay, SIM_KIND_CUT);
	KUNIT_EXPECT_TRUE(test, sim_replay_may_run(&replay, 5));
	KUNIT_EXPECT_FALSE(test, sim_replay_arrive(&replay, &found, &plan));
	KUNIT_EXPECT_FALSE(test, replay.diverged);
}

/* I-REPLAY-2 */
static void replay_stops_at_another_bio(struct kunit *test)
{
	struct sim_trace_record found = plan_records[0];
	struct sim_test_text text;
	struct sim_replay replay;
	struct sim_plan plan;

	plan_start(test, &replay);
	found.sector = 16;
	KUNIT_EXPECT_FALSE(test, sim_replay_arrive(&replay, &found, &plan));
	KUNIT_EXPECT_FALSE(test, replay.running);
	sim_replay_status(&replay, sim_test_text(&text));
	KUNIT_EXPECT_TRUE(test, strstr(text.buffer, "diverged at bio 1"));
}

static void replay_stops_at_an_early_cut(struct kunit *test)
{
	struct sim_replay replay;

	plan_start(test, &replay);
	sim_replay_input(&replay, SIM_KIND_CUT);
	KUNIT_EXPECT_TRUE(test, replay.diverged);
}

static struct kunit_case sim_trace_cases[] = {
	KUNIT_CASE(line_is_read_and_written),
	KUNIT_CASE(bad_line_is_refused_with_its_field),
	KUNIT_CASE(random_line_is_safe),
	KUNIT_CASE(hash_depends_on_each_field_but_position),
	KUNIT_CASE(replay_answers_with_the_plan),
	KUNIT_CASE(replay_stops_at_another_bio),
	KUNIT_CASE(replay_stops_at_an_early_cut),
	{}
};

static struct kunit_suite sim_trace_suite = {
	.name = "sim_trace",
	.test_cases = sim_trace_cases,
};
kunit_test_suite(sim_trace_suite);
