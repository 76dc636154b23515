// SPDX-License-Identifier: GPL-2.0-only
/*
 * The throttle, its meter and its latencies, piece by piece. How it behaves in
 * a world of servers and guests: tools/testing/prefetch-sim.
 */
#include "fvd_test.h"
#include "../dm-fvd/fvd-throttle.h"

#define MS	1000000ULL
#define SECOND	1000000000ULL
#define MIB	1048576U
#define START	(1000 * SECOND)

struct fixture {
	struct fvd_settings settings;
	struct fvd_throttle throttle;
	u64 now;
	u64 wait;
};

static struct fixture *new_fixture(struct kunit *test)
{
	struct fixture *f = fvd_test_zalloc(test, sizeof(*f));

	f->now = START;
	fvd_settings_init(&f->settings);
	fvd_throttle_init(&f->throttle, &f->settings, 1, f->now);
	return f;
}

static u32 ask(struct fixture *f, u32 nr_bytes)
{
	return fvd_throttle_ask(&f->throttle, nr_bytes, f->now, &f->wait);
}

/* A granted request that takes so long, and nothing else meanwhile. */
static void serve(struct fixture *f, u32 nr_bytes, u64 read_ns, u64 write_ns)
{
	fvd_throttle_read_begins(&f->throttle, f->now);
	f->now += read_ns;
	fvd_throttle_read_ended(&f->throttle, nr_bytes, read_ns, f->now);
	fvd_throttle_write_begins(&f->throttle, f->now);
	f->now += write_ns;
	fvd_throttle_write_ended(&f->throttle, nr_bytes, write_ns, f->now);
	fvd_throttle_end(&f->throttle, nr_bytes, f->now);
}

/* What is granted of endless wishes within @ns, each served in @read_ns. */
static u64 fetch_for(struct fixture *f, u64 ns, u64 read_ns)
{
	u64 end = f->now + ns, sum = 0;
	u32 nr_bytes;

	while (f->now < end) {
		nr_bytes = ask(f, MIB);
		sum += nr_bytes;
		if (nr_bytes)
			serve(f, nr_bytes, read_ns, read_ns);
		else
			f->now += f->wait;
	}
	return sum;
}

static void starts_with_one_small_request(struct kunit *test)
{
	struct fixture *f = new_fixture(test);

	KUNIT_EXPECT_EQ(test, ask(f, MIB), FVD_THROTTLE_MIN_BYTES);
	/* What may always be had was had by it. */
	KUNIT_EXPECT_EQ(test, ask(f, MIB), 0);
	KUNIT_EXPECT_GT(test, f->wait, 0);
	KUNIT_EXPECT_EQ(test, f->throttle.nr_in_flight, 1);
}

static void a_small_wish_gets_no_more(struct kunit *test)
{
	struct fixture *f = new_fixture(test);

	KUNIT_EXPECT_EQ(test, ask(f, 4096), 4096);
}

static void what_is_cut_is_not_in_flight(struct kunit *test)
{
	struct fixture *f = new_fixture(test);
	u32 granted = ask(f, MIB);

	fvd_throttle_cut(&f->throttle, granted - 4096);
	KUNIT_EXPECT_EQ(test, f->throttle.in_flight_bytes, 4096);
	fvd_throttle_cut(&f->throttle, 4096);
	fvd_throttle_end(&f->throttle, 0, f->now);
	KUNIT_EXPECT_EQ(test, f->throttle.in_flight_bytes, 0);
	KUNIT_EXPECT_EQ(test, f->throttle.nr_in_flight, 0);
}

static void without_manners_all_slots_are_used_at_once(struct kunit *test)
{
	struct fixture *f = new_fixture(test);
	unsigned int i;

	f->settings.prefetch_throttle_ms = 0;
	f->settings.prefetch_slots = 5;
	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_EQ(test, ask(f, 2 * MIB), MIB);
	KUNIT_EXPECT_EQ(test, ask(f, MIB), 0);
	KUNIT_EXPECT_EQ(test, f->wait, FVD_THROTTLE_WAIT_FOR_END);
	KUNIT_EXPECT_EQ(test, fvd_throttle_reason(&f->throttle, f->now),
			FVD_THROTTLE_OFF);
}

static void both_limits_hold(struct kunit *test)
{
	unsigned int write;
	u64 sum;

	for (write = 0; write < 2; write++) {
		struct fixture *f = new_fixture(test);

		f->settings.prefetch_throttle_ms = 0;
		if (write)
			f->settings.prefetch_max_write_kib_per_s = 1024;
		else
			f->settings.prefetch_max_read_kib_per_s = 1024;
		sum = fetch_for(f, 20 * SECOND, MS);
		KUNIT_EXPECT_LE(test, sum, 21ULL * MIB);
		KUNIT_EXPECT_GE(test, sum, 19ULL * MIB);
		KUNIT_EXPECT_EQ(test, ask(f, MIB), 0);
		KUNIT_EXPECT_EQ(test, fvd_throttle_reason(&f->throttle, f->now),
				FVD_THROTTLE_LIMIT);
	}
}

static void what_is_not_written_does_not_count_for_the_write_limit(struct kunit *test)
{
	struct fixture *f = new_fixture(test);
	u32 granted;
	u64 i;

	f->settings.prefetch_throttle_ms = 0;
	f->settings.prefetch_max_write_kib_per_s = 64;
	for (i = 0; i < 100; i++) {
		granted = ask(f, 65536);
		KUNIT_ASSERT_EQ(test, granted, 65536);
		fvd_throttle_unwritten(&f->throttle, granted);
		fvd_throttle_end(&f->throttle, granted, f->now);
	}
}

static void an_idle_guest_leaves_the_whole_line(struct kunit *test)
{
	struct fixture *f = new_fixture(test);
	u32 granted[64], nr;

	while (f->now < START + 10 * SECOND) {
		/* An engine asks until it gets no more. */
		for (nr = 0; nr < 64; nr++) {
			granted[nr] = ask(f, MIB);
			if (!granted[nr])
				break;
		}
		if (!nr)
			f->now += f->wait;
		while (nr--)
			serve(f, granted[nr], MS, MS);
	}
	KUNIT_EXPECT_GE(test, f->throttle.window_bytes, MIB / 4);
	KUNIT_EXPECT_EQ(test, fvd_throttle_reason(&f->throttle, f->now),
			FVD_THROTTLE_IDLE);
}

/* A guest whose I/O takes 1 ms, and with prefetch beside it 5 ms. */
static u64 fetch_beside_guest(struct fixture *f, u64 seconds, u64 loaded_ns)
{
	u64 end = f->now + seconds * SECOND, sum = 0, i;
	u32 nr_bytes;

	for (i = 0; f->now < end; i++) {
		nr_bytes = ask(f, MIB);
		sum += nr_bytes;
		if (nr_bytes) {
			fvd_throttle_read_begins(&f->throttle, f->now);
			f->now += 5 * MS;
			fvd_throttle_guest(&f->throttle, FVD_GUEST_BASE,
					   loaded_ns, f->now);
			fvd_throttle_read_ended(&f->throttle, nr_bytes, 5 * MS,
						f->now);
			fvd_throttle_unwritten(&f->throttle, nr_bytes);
			fvd_throttle_end(&f->throttle, nr_bytes, f->now);
		} else {
			f->now += 5 * MS;
			fvd_throttle_guest(&f->throttle, FVD_GUEST_BASE, MS, f->now);
		}
	}
	return sum;
}

static void a_hurt_guest_is_left_alone_but_for_the_minimum(struct kunit *test)
{
	struct fixture *f = new_fixture(test);
	u64 sum;

	fetch_beside_guest(f, 60, 5 * MS);
	sum = fetch_beside_guest(f, 100, 5 * MS);
	/* 256 KiB/s are 25 MiB; half a percent of I/Os may be late besides. */
	KUNIT_EXPECT_GE(test, sum, 25ULL * MIB - 65536);
	KUNIT_EXPECT_LE(test, sum, 50ULL * MIB);
}

/* One I/O of @one_in is late, beside a prefetch that never ends. */
static void be_late(struct fixture *f, u32 one_in, u32 nr_ios)
{
	u32 i;

	for (i = 1; i <= nr_ios; i++) {
		f->now += 5 * MS;
		fvd_throttle_guest(&f->throttle, FVD_GUEST_BASE,
				   i % one_in ? MS : 5 * MS, f->now);
	}
}

/*
 * Three of a hundred are too few for the 95th percentile of one judgement, and
 * too many for the guest's 99th.
 */
static void a_few_late_ones_are_not_forgotten(struct kunit *test)
{
	struct fixture *f = new_fixture(test);
	u64 window;

	/* What is quiet is known; then nothing is any more. */
	be_late(f, U32_MAX, 400);
	KUNIT_ASSERT_GT(test, ask(f, MIB), 0);
	fvd_throttle_read_begins(&f->throttle, f->now);
	be_late(f, U32_MAX, 2000);
	window = f->throttle.window_bytes;
	KUNIT_EXPECT_GE(test, window, FVD_THROTTLE_MIN_BYTES);
	be_late(f, 33, 1000);
	KUNIT_EXPECT_LT(test, f->throttle.window_bytes, window);
	KUNIT_EXPECT_EQ(test, fvd_throttle_reason(&f->throttle, f->now +
						  10 * SECOND),
			FVD_THROTTLE_GUEST);
	/* One in a thousand is paid back in between. */
	window = f->throttle.window_bytes;
	be_late(f, 1000, 8000);
	KUNIT_EXPECT_GT(test, f->throttle.window_bytes, window);
}

/* What the guest waits for is not held back for the guest's sake. */
static void a_profile_is_fetched_at_full_speed_whoever_is_hurt(struct kunit *test)
{
	struct fixture *f = new_fixture(test);
	u64 sum = 0;
	u32 i, got;

	fvd_throttle_set_ahead(&f->throttle, true, f->now);
	for (i = 0; i < 2000; i++) {
		f->now += MS;
		fvd_throttle_guest(&f->throttle, FVD_GUEST_BASE,
				   (i % 2 ? 100 : 1) * MS, f->now);
	}
	while ((got = ask(f, MIB)) != 0) {
		KUNIT_ASSERT_GE(test, got, FVD_THROTTLE_MIN_BYTES);
		fvd_throttle_read_begins(&f->throttle, f->now);
		sum += got;
	}
	KUNIT_EXPECT_EQ(test, sum, FVD_THROTTLE_AHEAD_BYTES);
	KUNIT_EXPECT_EQ(test, f->wait > 0, true);
	KUNIT_EXPECT_EQ(test, fvd_throttle_reason(&f->throttle, f->now),
			FVD_THROTTLE_AHEAD);
}

/* Limits and the slots do count, and afterwards all manners are back. */
static void a_profile_keeps_the_limits_and_the_rest_has_manners(struct kunit *test)
{
	struct fixture *f = new_fixture(test);

	f->settings.prefetch_max_read_kib_per_s = 64;
	fvd_throttle_set_ahead(&f->throttle, true, f->now);
	KUNIT_EXPECT_EQ(test, ask(f, MIB), FVD_THROTTLE_MIN_BYTES);
	KUNIT_EXPECT_EQ(test, ask(f, MIB), 0);
	KUNIT_EXPECT_EQ(test, fvd_throttle_reason(&f->throttle, f->now),
			FVD_THROTTLE_LIMIT);
	f->settings.prefetch_max_read_kib_per_s = FVD_UNLIMITED_KIB_PER_S;
	f->settings.prefetch_slots = 1;
	f->now += 10 * SECOND;
	KUNIT_EXPECT_EQ(test, ask(f, MIB), 0);
	serve(f, FVD_THROTTLE_MIN_BYTES, MS, MS);
	f->settings.prefetch_slots = 16;
	fvd_throttle_set_ahead(&f->throttle, false, f->now);
	KUNIT_EXPECT_EQ(test, ask(f, MIB), FVD_THROTTLE_MIN_BYTES);
	KUNIT_EXPECT_TRUE(test, f->throttle.alone);
}

static void a_guest_that_is_not_hurt_changes_nothing(struct kunit *test)
{
	struct fixture *f = new_fixture(test);
	u64 sum;

	fetch_beside_guest(f, 60, MS);
	sum = fetch_beside_guest(f, 100, MS);
	/* At 5 ms for each request, and some time to measure. */
	KUNIT_EXPECT_GE(test, sum, 18000ULL * 65536);
}

static void who_flushes_all_the_time_does_not_wait_for_prefetch(struct kunit *test)
{
	struct fixture *f = new_fixture(test);

	KUNIT_EXPECT_FALSE(test, fvd_throttle_wants_past_cache(&f->throttle, 0, f->now));
	KUNIT_EXPECT_TRUE(test, fvd_throttle_wants_past_cache(&f->throttle, 1, f->now));
	f->now += 99 * MS;
	KUNIT_EXPECT_TRUE(test, fvd_throttle_wants_past_cache(&f->throttle, 1, f->now));
	KUNIT_EXPECT_TRUE(test, fvd_throttle_wants_past_cache(&f->throttle, 2, f->now));
	f->now += 99 * MS;
	KUNIT_EXPECT_TRUE(test, fvd_throttle_wants_past_cache(&f->throttle, 2, f->now));
	f->now += 2 * MS;
	KUNIT_EXPECT_FALSE(test, fvd_throttle_wants_past_cache(&f->throttle, 2, f->now));
	f->settings.prefetch_throttle_ms = 0;
	KUNIT_EXPECT_FALSE(test, fvd_throttle_wants_past_cache(&f->throttle, 3, f->now));
}

/* An idle guest, and devices that take so long; until @seconds or @reason. */
static bool fetch_until(struct fixture *f, u32 seconds, u64 read_ns, u64 write_ns,
			enum fvd_throttle_reason reason)
{
	u64 end = f->now + seconds * SECOND;
	u32 granted[64], nr;

	while (f->now < end) {
		for (nr = 0; nr < 64; nr++) {
			granted[nr] = ask(f, MIB);
			if (!granted[nr])
				break;
		}
		if (fvd_throttle_reason(&f->throttle, f->now) == reason) {
			while (nr--)
				fvd_throttle_end(&f->throttle, granted[nr], f->now);
			return true;
		}
		if (!nr)
			f->now += f->wait;
		while (nr--)
			serve(f, granted[nr], read_ns, write_ns);
	}
	return false;
}

/* Held back, nothing but the guaranteed progress may be had, ahead or not. */
static void expect_held_back(struct kunit *test, struct fixture *f)
{
	unsigned int ahead;

	for (ahead = 0; ahead < 2; ahead++) {
		fvd_throttle_set_ahead(&f->throttle, ahead, f->now);
		fvd_throttle_set_ahead(&f->throttle, ahead, f->now);
		KUNIT_EXPECT_LE(test, ask(f, MIB), FVD_THROTTLE_MIN_BYTES);
		KUNIT_EXPECT_EQ(test, ask(f, MIB), 0);
	}
	fvd_throttle_set_ahead(&f->throttle, false, f->now);
}

static void a_base_that_gives_too_little_is_left_alone(struct kunit *test)
{
	struct fixture *f = new_fixture(test);

	f->settings.prefetch_min_read_kib_per_s = 1U << 20;
	KUNIT_ASSERT_TRUE(test, fetch_until(f, 60, MS, MS, FVD_THROTTLE_BASE));
	expect_held_back(test, f);
}

static void an_image_that_takes_too_little_is_left_alone(struct kunit *test)
{
	struct fixture *f = new_fixture(test);

	f->settings.prefetch_min_write_kib_per_s = 1U << 20;
	KUNIT_ASSERT_TRUE(test, fetch_until(f, 60, MS, MS, FVD_THROTTLE_IMAGE));
	expect_held_back(test, f);
}

/* Each pause that helps is followed by a longer one, to the setting at most. */
static void pauses_that_help_get_longer(struct kunit *test)
{
	struct fixture *f = new_fixture(test);
	u64 first = f->throttle.read_pause.length_ns, read_ns = 64 * MS;
	unsigned int i;

	f->settings.prefetch_min_read_kib_per_s = 1U << 20;
	for (i = 0; i < 4; i++, read_ns /= 2) {
		KUNIT_ASSERT_TRUE(test, fetch_until(f, 600, read_ns, MS / 10,
						    FVD_THROTTLE_BASE));
		f->now = f->throttle.hold_until_ns;
	}
	KUNIT_EXPECT_GT(test, f->throttle.read_pause.length_ns, first);
	KUNIT_EXPECT_LE(test, f->throttle.read_pause.length_ns,
			f->settings.prefetch_throttle_ms * MS);
}

/* Such a base is not busy, but slow: after some there are none for long. */
static void pauses_that_do_not_help_end(struct kunit *test)
{
	struct fixture *f = new_fixture(test);
	unsigned int i;

	f->settings.prefetch_min_read_kib_per_s = 1U << 20;
	for (i = 0; i < 20 && f->throttle.read_pause.next_ns <= f->now; i++) {
		KUNIT_ASSERT_TRUE(test, fetch_until(f, 600, MS, MS / 10,
						    FVD_THROTTLE_BASE));
		f->now = f->throttle.hold_until_ns;
		fetch_until(f, 5, MS, MS / 10, FVD_THROTTLE_BASE);
	}
	KUNIT_EXPECT_LT(test, i, 20);
	KUNIT_EXPECT_FALSE(test, fetch_until(f, 20, MS, MS / 10, FVD_THROTTLE_BASE));
}

/* I-THR-1, whatever happens. */
static void random_news_never_starve_prefetch(struct kunit *test)
{
	struct fixture *f = new_fixture(test);
	struct fvd_random random;
	u64 sum = 0, i;
	u32 nr_bytes;

	fvd_random_start(test, &random);
	for (i = 0; i < 60000; i++) {
		nr_bytes = ask(f, MIB);
		sum += nr_bytes;
		if (nr_bytes)
			serve(f, nr_bytes, fvd_random_below(&random, 20 * MS),
			      fvd_random_below(&random, 20 * MS));
		else
			f->now += min_t(u64, f->wait,
					fvd_random_below(&random, 20 * MS));
		fvd_throttle_guest(&f->throttle, fvd_random_below(&random, 2),
				   fvd_random_below(&random, 1U << 31), f->now);
		KUNIT_ASSERT_LE(test, f->throttle.window_bytes, 16ULL * MIB);
		KUNIT_ASSERT_GT(test, f->throttle.window_bytes, 0);
		KUNIT_ASSERT_EQ(test, f->throttle.nr_in_flight, 0);
		KUNIT_ASSERT_EQ(test, f->throttle.in_flight_bytes, 0);
	}
	KUNIT_EXPECT_GE(test, sum, (f->now - START) / SECOND * 256 * 1024);
}

static void start_delays_are_spread(struct kunit *test)
{
	struct fixture *f = new_fixture(test);
	u64 delay, least = U64_MAX, most = 0;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, fvd_throttle_start_delay_ns(&f->throttle, 0), 0);
	for (i = 0; i < 1000; i++) {
		delay = fvd_throttle_start_delay_ns(&f->throttle, 40);
		least = min(least, delay);
		most = max(most, delay);
	}
	KUNIT_EXPECT_GE(test, least, 40 * SECOND);
	KUNIT_EXPECT_LE(test, least, 41 * SECOND);
	KUNIT_EXPECT_LE(test, most, 50 * SECOND);
	KUNIT_EXPECT_GE(test, most, 49 * SECOND);
	KUNIT_EXPECT_LE(test, fvd_throttle_start_delay_ns(&f->throttle, 604800),
			756000 * SECOND);
}

static void rate_and_remaining_time_are_of_the_last_seconds(struct kunit *test)
{
	struct fixture *f = new_fixture(test);
	u64 i, rate;

	KUNIT_EXPECT_EQ(test, fvd_throttle_remaining_s(&f->throttle, 1, f->now),
			U64_MAX);
	KUNIT_EXPECT_EQ(test, fvd_throttle_remaining_s(&f->throttle, 0, f->now), 0);
	for (i = 0; i < 200; i++) {
		f->now += 100 * MS;
		fvd_throttle_read_begins(&f->throttle, f->now);
		fvd_throttle_read_ended(&f->throttle, MIB, MS, f->now);
	}
	rate = fvd_throttle_bytes_per_s(&f->throttle, f->now);
	KUNIT_EXPECT_GE(test, rate, 9ULL * MIB);
	KUNIT_EXPECT_LE(test, rate, 11ULL * MIB);
	KUNIT_EXPECT_GE(test, fvd_throttle_remaining_s(&f->throttle, 100ULL * MIB,
						       f->now), 9);
	KUNIT_EXPECT_LE(test, fvd_throttle_remaining_s(&f->throttle, 100ULL * MIB,
						       f->now), 11);
	KUNIT_EXPECT_EQ(test, fvd_throttle_bytes_per_s(&f->throttle,
						       f->now + 20 * SECOND), 0);
}

static void all_names_are_words(struct kunit *test)
{
	int i;

	for (i = 0; i < FVD_THROTTLE_NR_REASONS; i++)
		KUNIT_EXPECT_GT(test, strlen(fvd_throttle_reason_name(i)), 2);
	for (i = 0; i < FVD_PREFETCH_NR_STATES; i++)
		KUNIT_EXPECT_GT(test, strlen(fvd_prefetch_state_name(i)), 2);
	KUNIT_EXPECT_STREQ(test, fvd_throttle_reason_name(99), "?");
	KUNIT_EXPECT_STREQ(test, fvd_prefetch_state_name(99), "?");
}

static void a_meter_stands_still_while_nothing_is_asked(struct kunit *test)
{
	struct fvd_meter *meter = fvd_test_zalloc(test, sizeof(*meter));
	u64 now = START;
	unsigned int i;

	for (i = 0; i < 20; i++) {
		fvd_meter_begin(meter, now);
		now += 10 * MS;
		fvd_meter_end(meter, 100000, 10 * MS, now);
		KUNIT_EXPECT_EQ(test, fvd_meter_is_due(meter, 200 * MS, now),
				i == 19);
		now += i == 19 ? 0 : 90 * MS;
	}
	fvd_meter_finish(meter, 80, false, now);
	/* 100000 bytes in 10 ms. */
	KUNIT_EXPECT_GE(test, meter->average, 9900000);
	KUNIT_EXPECT_LE(test, meter->average, 10000000);
	KUNIT_EXPECT_EQ(test, meter->latency_ns, 10 * MS);
	KUNIT_EXPECT_EQ(test, meter->alone_ns, 0);
}

static void parallel_requests_are_counted_once(struct kunit *test)
{
	struct fvd_meter *meter = fvd_test_zalloc(test, sizeof(*meter));
	unsigned int i;

	for (i = 0; i < 10; i++)
		fvd_meter_begin(meter, START);
	for (i = 0; i < 10; i++)
		fvd_meter_end(meter, 1000000, 100 * MS, START + 100 * MS);
	fvd_meter_finish(meter, 80, false, START + 100 * MS);
	KUNIT_EXPECT_GE(test, meter->average, 99000000);
	KUNIT_EXPECT_LE(test, meter->average, 100000000);
	KUNIT_EXPECT_EQ(test, fvd_meter_bytes_in(meter, SECOND) / 1000000, 99);
}

static void the_average_moves_by_its_weight(struct kunit *test)
{
	struct fvd_meter *meter = fvd_test_zalloc(test, sizeof(*meter));
	u64 now = START;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		fvd_meter_begin(meter, now);
		now += SECOND;
		fvd_meter_end(meter, i ? 2000000 : 1000000, SECOND, now);
		fvd_meter_finish(meter, 80, false, now);
	}
	/* 0.8 * 2000000 + 0.2 * 1000000 */
	KUNIT_EXPECT_GE(test, meter->average, 1799000);
	KUNIT_EXPECT_LE(test, meter->average, 1800000);
}

static void the_least_latency_is_forgotten_in_time(struct kunit *test)
{
	struct fvd_meter *meter = fvd_test_zalloc(test, sizeof(*meter));
	u64 now = START;
	unsigned int i;

	for (i = 0; i < 24; i++) {
		fvd_meter_begin(meter, now);
		fvd_meter_begin(meter, now);
		fvd_meter_end(meter, 1, i ? 30 * MS : 10 * MS, now + MS);
		fvd_meter_end(meter, 1, i ? 30 * MS : 10 * MS, now + MS);
		fvd_meter_finish(meter, 80, true, now + MS);
		/* One a minute. */
		now += 60 * SECOND;
		if (i < 5)
			KUNIT_EXPECT_EQ(test, meter->alone_ns, 10 * MS);
		if (i > 10)
			KUNIT_EXPECT_EQ(test, meter->alone_ns, 30 * MS);
	}
}

static void percentiles_are_right_to_a_sixteenth(struct kunit *test)
{
	struct fvd_latencies *latencies = fvd_test_zalloc(test, sizeof(*latencies));
	u64 scale, value;
	unsigned int i, percent;

	/* 400 times as much is still below the last bucket. */
	for (scale = 20000; scale < 1ULL << 28; scale *= 7) {
		fvd_latencies_clear(latencies);
		for (i = 1; i <= 400; i++)
			fvd_latencies_add(latencies, i * scale);
		for (percent = 10; percent <= 100; percent += 5) {
			value = fvd_latencies_percentile_ns(latencies, percent);
			KUNIT_EXPECT_GE(test, value * 16, 4 * percent * scale * 15);
			KUNIT_EXPECT_LE(test, value * 16, 4 * percent * scale * 17);
		}
	}
}

static void fading_keeps_the_shape(struct kunit *test)
{
	struct fvd_latencies *latencies = fvd_test_zalloc(test, sizeof(*latencies));
	struct fvd_random random;
	unsigned int i, bucket;
	u32 sum;

	fvd_random_start(test, &random);
	for (i = 0; i < 20000; i++) {
		fvd_latencies_add(latencies, 50000 + fvd_random_below(&random, 950000));
		KUNIT_ASSERT_LT(test, latencies->total, FVD_LATENCY_FADE_COUNT);
	}
	for (bucket = 0, sum = 0; bucket < FVD_LATENCY_BUCKETS; bucket++)
		sum += latencies->counts[bucket];
	KUNIT_EXPECT_EQ(test, sum, latencies->total);
	KUNIT_EXPECT_GE(test, fvd_latencies_percentile_ns(latencies, 95), 850000);
	KUNIT_EXPECT_LE(test, fvd_latencies_percentile_ns(latencies, 50), 630000);
}

static void any_latency_has_a_bucket(struct kunit *test)
{
	struct fvd_latencies *latencies = fvd_test_zalloc(test, sizeof(*latencies));
	struct fvd_random random;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, fvd_latencies_percentile_ns(latencies, 99), 0);
	fvd_random_start(test, &random);
	for (i = 0; i < 300; i++)
		fvd_latencies_add(latencies, fvd_random_u64(&random) >>
				  fvd_random_below(&random, 64));
	fvd_latencies_add(latencies, U64_MAX);
	fvd_latencies_add(latencies, 0);
	KUNIT_EXPECT_EQ(test, latencies->total, 302);
}

static struct kunit_case fvd_throttle_cases[] = {
	KUNIT_CASE(starts_with_one_small_request),
	KUNIT_CASE(a_small_wish_gets_no_more),
	FVD_CASE(what_is_cut_is_not_in_flight, "I-THR-2"),
	KUNIT_CASE(without_manners_all_slots_are_used_at_once),
	KUNIT_CASE(both_limits_hold),
	KUNIT_CASE(what_is_not_written_does_not_count_for_the_write_limit),
	KUNIT_CASE(an_idle_guest_leaves_the_whole_line),
	KUNIT_CASE(a_hurt_guest_is_left_alone_but_for_the_minimum),
	KUNIT_CASE(a_few_late_ones_are_not_forgotten),
	KUNIT_CASE(a_profile_is_fetched_at_full_speed_whoever_is_hurt),
	KUNIT_CASE(a_profile_keeps_the_limits_and_the_rest_has_manners),
	KUNIT_CASE(a_guest_that_is_not_hurt_changes_nothing),
	KUNIT_CASE(who_flushes_all_the_time_does_not_wait_for_prefetch),
	KUNIT_CASE(a_base_that_gives_too_little_is_left_alone),
	KUNIT_CASE(an_image_that_takes_too_little_is_left_alone),
	KUNIT_CASE(pauses_that_help_get_longer),
	KUNIT_CASE(pauses_that_do_not_help_end),
	FVD_CASE(random_news_never_starve_prefetch, "I-THR-1"),
	KUNIT_CASE(start_delays_are_spread),
	KUNIT_CASE(rate_and_remaining_time_are_of_the_last_seconds),
	KUNIT_CASE(all_names_are_words),
	FVD_CASE(a_meter_stands_still_while_nothing_is_asked, "I-MTR-1"),
	KUNIT_CASE(parallel_requests_are_counted_once),
	KUNIT_CASE(the_average_moves_by_its_weight),
	KUNIT_CASE(the_least_latency_is_forgotten_in_time),
	KUNIT_CASE(percentiles_are_right_to_a_sixteenth),
	FVD_CASE(fading_keeps_the_shape, "I-LAT-1"),
	KUNIT_CASE(any_latency_has_a_bucket),
	{}
};

static struct kunit_suite fvd_throttle_suite = {
	.name = "fvd_throttle",
	.test_cases = fvd_throttle_cases,
};

kunit_test_suite(fvd_throttle_suite);
