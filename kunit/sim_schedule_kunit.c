// SPDX-License-Identifier: GPL-2.0-only
/*
 * Order of events.
 */
#include "sim_test.h"
#include "../dm-sim/sim-schedule.h"

/* I-SCHED-2 */
static void queue_is_sorted_by_time_then_number(struct kunit *test)
{
	u64 seed = sim_test_seed(test), which = 0;
	static struct sim_event events[200]; /* too large for a stack */
	struct sim_event *before = NULL, *event;
	struct list_head queue;
	u32 i, count = 0;

	INIT_LIST_HEAD(&queue);
	for (i = 0; i < ARRAY_SIZE(events); i++) {
		events[i].time = sim_test_random(seed, &which) % 20;
		events[i].number = i + 1;
		sim_schedule_insert(&queue, &events[i]);
	}
	list_for_each_entry(event, &queue, list) {
		if (before)
			KUNIT_ASSERT_TRUE(test, before->time < event->time ||
					  (before->time == event->time &&
					   before->number < event->number));
		before = event;
		count++;
	}
	KUNIT_EXPECT_EQ(test, count, ARRAY_SIZE(events));
}

static void no_delay_keeps_order_of_arrival(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, sim_schedule_effect(7, 1000, 0), 0);
	KUNIT_EXPECT_EQ(test, sim_schedule_completion(7, 1000, 0), 0);
}

/* I-SCHED-1 */
static void times_are_a_function_of_seed_and_number(struct kunit *test)
{
	u64 seed = sim_test_seed(test);
	u64 number;
	u32 differ = 0;

	for (number = 1; number < 500; number++) {
		u64 effect = sim_schedule_effect(seed, number, 1600);
		u64 completion = sim_schedule_completion(seed, number, 1600);

		KUNIT_EXPECT_EQ(test, effect, sim_schedule_effect(seed, number, 1600));
		KUNIT_EXPECT_LE(test, effect, completion);
		KUNIT_EXPECT_LT(test, completion, number * 100 + 3200);
		KUNIT_EXPECT_GE(test, effect, number * 100);
		differ += effect != sim_schedule_effect(seed + 1, number, 1600);
	}
	KUNIT_EXPECT_GT(test, differ, 400);
}

static void events_overtake_within_the_window_only(struct kunit *test)
{
	u64 seed = sim_test_seed(test);
	u32 overtaken = 0;
	u64 number;

	for (number = 1; number < 500; number++) {
		u64 effect = sim_schedule_effect(seed, number, 1600);

		overtaken += sim_schedule_effect(seed, number + 1, 1600) < effect;
		KUNIT_EXPECT_LE(test, effect,
				sim_schedule_effect(seed, number + SIM_SCHEDULE_WINDOW,
						    1600));
	}
	KUNIT_EXPECT_GT(test, overtaken, 100);
}

static struct kunit_case sim_schedule_cases[] = {
	KUNIT_CASE(queue_is_sorted_by_time_then_number),
	KUNIT_CASE(no_delay_keeps_order_of_arrival),
	KUNIT_CASE(times_are_a_function_of_seed_and_number),
	KUNIT_CASE(events_overtake_within_the_window_only),
	{}
};

static struct kunit_suite sim_schedule_suite = {
	.name = "sim_schedule",
	.test_cases = sim_schedule_cases,
};
kunit_test_suite(sim_schedule_suite);
