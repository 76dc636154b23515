// SPDX-License-Identifier: GPL-2.0-only
/*
 * The manners of prefetch.
 *
 * Invariants:
 *   I-THR-1  While anything is asked for, at least prefetch_progress_kib_per_s
 *            is granted, within the limits and the slots.
 *   I-THR-2  in_flight_bytes and nr_in_flight are what was granted and has not
 *            ended.
 *
 * Locking: the owner's. Crash rule: nothing of this is on the disk; a new
 * activation learns anew. Left out on purpose: telling apart who hurts the
 * guest, reads from the base or writes to the image. Each byte read is a byte
 * written, one window bounds both.
 */
#include "fvd-throttle.h"

#define NS_PER_MS	1000000ULL
#define NS_PER_SECOND	1000000000ULL

/* A percentile of fewer is nonsense. */
#define QUIET_MIN		16U
/*
 * Judge after so many; with what fades that makes about 128, whose 95th
 * percentile is uncertain by an eighth.
 */
#define JUDGE_COUNT		64U
/* A guest with few I/Os is judged by fewer, or it would never be. */
#define JUDGE_MIN_COUNT		8U
#define JUDGE_AFTER_NS		(2 * NS_PER_SECOND)
#define JUDGE_LATEST_NS		(5 * NS_PER_SECOND)
/* Of most loaded values: higher percentiles are chance. */
#define JUDGE_MAX_PERCENT	95U
/* Quiet latencies change with the guest's work; older ones mean nothing. */
#define QUIET_AGE_NS		(2 * NS_PER_SECOND)
/* A twentieth of that; longer for a guest whose I/O takes longer. */
#define QUIET_HOLD_NS		(100 * NS_PER_MS)
#define QUIET_HOLD_MAX_NS	NS_PER_SECOND
/* Idle is who did nothing for four times as long as usual, within bounds. */
#define IDLE_GAPS		4
#define IDLE_MIN_NS		NS_PER_SECOND
#define IDLE_MAX_NS		(10 * NS_PER_SECOND)
/* A guest that nobody knows yet: a quarter of the time at first. */
#define WINDOW_FIRST_BYTES	(FVD_THROTTLE_MIN_BYTES / 4)
/* Less than one request in 256 is what the guaranteed progress gives anyway. */
#define WINDOW_LEAST_BYTES	(FVD_THROTTLE_MIN_BYTES / 256)
/*
 * A queue that long is what one seek of a disk makes; and without it devices
 * that answer at once would never see a large request.
 */
#define QUEUE_NS		(10 * NS_PER_MS)
/* A request that took longer tells nothing about the next. */
#define PACE_MAX_NS		NS_PER_SECOND
/* One I/O of a hundred may be late: the 99th percentile does not see it. */
#define LATE_PER_MILLE		10U
/*
 * Whether one of a hundred is late can not be seen in the hundred of one
 * judgement, so debts are kept: a late one is paid back by so many others, twice
 * as many as it should be, since it is the guest's percentile that is at stake.
 */
#define LATE_COST		200U
/* One or two late ones are chance, eight are not. */
#define DEBT_CHANCE		(2 * LATE_COST)
#define DEBT_MOST		(8 * LATE_COST)
/* No growth right after somebody was hurt. */
#define GROW_HOLD_NS		NS_PER_SECOND
/* A measure of some 100 ms a minute costs a 200th at most. */
#define ALONE_EVERY_NS		(60 * NS_PER_SECOND)
/* The first pause is short: most slow bases are not busy. */
#define PAUSE_FIRST_NS		NS_PER_SECOND
#define PAUSE_MIN_NS		(100 * NS_PER_MS)
/* After pauses that did not help; they have cost two seconds together. */
#define PAUSE_AGAIN_NS		(60 * NS_PER_SECOND)
/* Who flushes ten times a second does little else than wait for that. */
#define FLUSHES_NS		(100 * NS_PER_MS)
/* The rate stands still, to a quarter, for so many measures: that is all. */
#define RAMP_FLAT		3U

static const char * const reason_names[] = {
	[FVD_THROTTLE_STARTING] = "starting",
	[FVD_THROTTLE_IDLE] = "idle",
	[FVD_THROTTLE_FULL] = "full",
	[FVD_THROTTLE_AHEAD] = "ahead",
	[FVD_THROTTLE_GUEST] = "guest",
	[FVD_THROTTLE_MEASURE] = "measure",
	[FVD_THROTTLE_BASE] = "base",
	[FVD_THROTTLE_IMAGE] = "image",
	[FVD_THROTTLE_MINIMUM] = "minimum",
	[FVD_THROTTLE_LIMIT] = "limit",
	[FVD_THROTTLE_OFF] = "off",
};

static const char * const state_names[] = {
	[FVD_PREFETCH_OFF] = "off",
	[FVD_PREFETCH_DELAYED] = "delayed",
	[FVD_PREFETCH_PROFILE] = "profile",
	[FVD_PREFETCH_RUNNING] = "running",
	[FVD_PREFETCH_PAUSED] = "paused",
	[FVD_PREFETCH_RETRYING] = "retrying",
	[FVD_PREFETCH_SUSPENDED] = "suspended",
	[FVD_PREFETCH_GAVE_UP] = "gave-up",
	[FVD_PREFETCH_COMPLETE] = "complete",
};

const char *fvd_throttle_reason_name(enum fvd_throttle_reason reason)
{
	return reason < FVD_THROTTLE_NR_REASONS ? reason_names[reason] : "?";
}

const char *fvd_prefetch_state_name(enum fvd_prefetch_state state)
{
	return state < FVD_PREFETCH_NR_STATES ? state_names[state] : "?";
}

static u64 throttle_ns(const struct fvd_throttle *t)
{
	return READ_ONCE(t->settings->prefetch_throttle_ms) * NS_PER_MS;
}

static u64 limit_of(u32 kib_per_s)
{
	return kib_per_s >= FVD_UNLIMITED_KIB_PER_S ? FVD_RATE_UNLIMITED :
						      (u64)kib_per_s << 10;
}

/* Messages may have changed them. */
static void take_over_limits(struct fvd_throttle *t, u64 now_ns)
{
	const struct fvd_settings *s = t->settings;

	fvd_rate_set(&t->read_limit,
		     limit_of(READ_ONCE(s->prefetch_max_read_kib_per_s)), now_ns);
	fvd_rate_set(&t->write_limit,
		     limit_of(READ_ONCE(s->prefetch_max_write_kib_per_s)), now_ns);
	/* Here "unlimited" is a number like any other. */
	fvd_rate_set(&t->progress,
		     (u64)READ_ONCE(s->prefetch_progress_kib_per_s) << 10, now_ns);
}

void fvd_throttle_init(struct fvd_throttle *t,
		       const struct fvd_settings *settings, u64 seed,
		       u64 now_ns)
{
	memset(t, 0, sizeof(*t));
	t->settings = settings;
	t->jitter.state = seed;
	t->window_bytes = WINDOW_FIRST_BYTES;
	t->read_pause.length_ns = PAUSE_FIRST_NS;
	t->write_pause.length_ns = PAUSE_FIRST_NS;
	t->alone = true;
	t->next_alone_ns = now_ns;
	t->second = div_u64(now_ns, NS_PER_SECOND);
	take_over_limits(t, now_ns);
}

u64 fvd_throttle_start_delay_ns(struct fvd_throttle *t, u32 delay_s)
{
	u64 delay_ms = delay_s * 1000ULL;
	u64 more_ms = fvd_jitter_below(&t->jitter, delay_ms / 4 + 1);

	return (delay_ms + (delay_s ? more_ms : 0)) * NS_PER_MS;
}

static bool is_idle(const struct fvd_throttle *t, u64 now_ns)
{
	u64 idle_ns = max_t(u64, t->guest_gap_ns * IDLE_GAPS, IDLE_MIN_NS);

	return !t->last_guest_ns ||
		now_ns - t->last_guest_ns >= min_t(u64, idle_ns, IDLE_MAX_NS);
}

static bool is_ramping(const struct fvd_throttle *t)
{
	return t->nr_flat < RAMP_FLAT;
}

/* At least four in flight, so that the line is not empty between two. */
static u32 request_bytes(const struct fvd_throttle *t)
{
	u64 bytes = FVD_THROTTLE_MIN_BYTES;
	u64 slot = READ_ONCE(t->settings->prefetch_slot_bytes);
	u64 window = throttle_ns(t) ? t->window_bytes : 4 * slot;

	if (t->ahead)
		window = max_t(u64, window, FVD_THROTTLE_AHEAD_BYTES);
	else if (t->alone && throttle_ns(t))
		return bytes;
	while (bytes * 2 <= slot && bytes * 8 <= window)
		bytes *= 2;
	return bytes;
}

/*
 * What the window may grow to. While ramping the rate is that of the last
 * window, so up to three times as much may be tried; afterwards just enough, an
 * eighth for chance, and a request that is being served: twice as much, by all
 * clients of a server, would make its queue twice as long each time that they
 * look.
 */
static u64 most_bytes(const struct fvd_throttle *t)
{
	u64 slot = READ_ONCE(t->settings->prefetch_slot_bytes);
	u64 most = READ_ONCE(t->settings->prefetch_slots) * slot;
	u64 needs_ns = t->read.alone_ns + t->write.alone_ns;

	needs_ns = is_ramping(t) ? 3 * needs_ns : needs_ns + needs_ns / 8;
	if (needs_ns)
		most = min(most, request_bytes(t) +
			   fvd_meter_bytes_in(&t->read, needs_ns + QUEUE_NS));
	return max_t(u64, most, FVD_THROTTLE_MIN_BYTES);
}

/* A request is not more than a tenth of a second of the limit. */
static u32 limited_bytes(const struct fvd_rate *limit, u32 nr_bytes)
{
	u64 share = div_u64(limit->bytes_per_second, 10);

	if (!limit->bytes_per_second)
		return nr_bytes;
	return min_t(u64, nr_bytes, max_t(u64, share, FVD_THROTTLE_MIN_BYTES));
}

static void hold(struct fvd_throttle *t, enum fvd_throttle_reason reason,
		 u64 until_ns)
{
	t->hold_reason = reason;
	t->hold_until_ns = until_ns;
}

static void set_window(struct fvd_throttle *t, u64 nr_bytes)
{
	nr_bytes = max_t(u64, nr_bytes, WINDOW_LEAST_BYTES);
	t->window_bytes = min(nr_bytes, most_bytes(t));
}

/* The same for what a profile names. */
static bool has_room_ahead(const struct fvd_throttle *t, u32 nr_bytes,
			   u64 now_ns)
{
	u64 window = max_t(u64, t->window_bytes, FVD_THROTTLE_AHEAD_BYTES);

	if (now_ns < t->hold_until_ns && t->hold_reason != FVD_THROTTLE_MEASURE)
		return false;
	return t->in_flight_bytes + nr_bytes <= window || !t->nr_in_flight;
}

/* May @nr_bytes more be in flight? */
static bool has_room(const struct fvd_throttle *t, u32 nr_bytes, u64 now_ns)
{
	if (t->ahead)
		return has_room_ahead(t, nr_bytes, now_ns);
	if (now_ns < t->hold_until_ns)
		return false;
	if (t->window_bytes < FVD_THROTTLE_MIN_BYTES && !is_idle(t, now_ns))
		return !t->nr_in_flight && now_ns >= t->pace_until_ns;
	if (t->alone)
		return !t->nr_in_flight;
	return t->in_flight_bytes + nr_bytes <= t->window_bytes ||
		!t->nr_in_flight;
}

/* A small window: pause as long as makes it the part of the time that it is. */
static void pace(struct fvd_throttle *t, u64 now_ns)
{
	u64 least = max_t(u64, t->window_bytes, WINDOW_LEAST_BYTES);
	u64 took_ns = min_t(u64, now_ns - t->granted_ns, PACE_MAX_NS);

	if (least < FVD_THROTTLE_MIN_BYTES)
		t->pace_until_ns = now_ns +
			div64_u64(took_ns * (FVD_THROTTLE_MIN_BYTES - least),
				  least);
}

void fvd_throttle_set_ahead(struct fvd_throttle *t, bool ahead, u64 now_ns)
{
	if (t->ahead == ahead)
		return;
	t->ahead = ahead;
	/* Not alone, so the latency alone is measured afterwards. */
	t->alone = !ahead;
	t->next_alone_ns = now_ns;
	fvd_meter_restart(&t->read, now_ns);
}

/* I-THR-2; fvd_throttle_end() is the other half. */
static u32 grant(struct fvd_throttle *t, u32 nr_bytes, u64 now_ns)
{
	t->nr_in_flight++;
	t->in_flight_bytes += nr_bytes;
	t->granted_ns = now_ns;
	fvd_rate_take(&t->read_limit, nr_bytes, now_ns);
	fvd_rate_take(&t->write_limit, nr_bytes, now_ns);
	/* It counts, but to be ahead makes no debt. */
	if (!fvd_rate_wait_ns(&t->progress, nr_bytes, now_ns))
		fvd_rate_take(&t->progress, nr_bytes, now_ns);
	return nr_bytes;
}

u32 fvd_throttle_ask(struct fvd_throttle *t, u32 want_bytes, u64 now_ns,
		     u64 *wait_ns)
{
	u32 nr_bytes = min(want_bytes, request_bytes(t));
	u64 room_ns;

	take_over_limits(t, now_ns);
	nr_bytes = limited_bytes(&t->read_limit, nr_bytes);
	nr_bytes = limited_bytes(&t->write_limit, nr_bytes);
	*wait_ns = max(fvd_rate_wait_ns(&t->read_limit, nr_bytes, now_ns),
		       fvd_rate_wait_ns(&t->write_limit, nr_bytes, now_ns));
	t->limited = *wait_ns;
	if (t->limited)
		return 0;
	if (t->nr_in_flight >= READ_ONCE(t->settings->prefetch_slots)) {
		*wait_ns = FVD_THROTTLE_WAIT_FOR_END;
		return 0;
	}
	t->at_minimum = false;
	if (!throttle_ns(t) || has_room(t, nr_bytes, now_ns))
		return grant(t, nr_bytes, now_ns);
	t->waiting = true;
	nr_bytes = min_t(u32, nr_bytes, FVD_THROTTLE_MIN_BYTES);
	/* I-THR-1 */
	*wait_ns = fvd_rate_wait_ns(&t->progress, nr_bytes, now_ns);
	t->at_minimum = !*wait_ns;
	if (t->at_minimum)
		return grant(t, nr_bytes, now_ns);
	room_ns = max(t->hold_until_ns, t->pace_until_ns);
	if (room_ns > now_ns)
		*wait_ns = min(*wait_ns, room_ns - now_ns);
	return 0;
}

void fvd_throttle_cut(struct fvd_throttle *t, u32 nr_bytes)
{
	t->in_flight_bytes -= nr_bytes;
	fvd_rate_refund(&t->read_limit, nr_bytes);
	fvd_rate_refund(&t->write_limit, nr_bytes);
}

void fvd_throttle_unwritten(struct fvd_throttle *t, u32 nr_bytes)
{
	fvd_rate_refund(&t->write_limit, nr_bytes);
}

void fvd_throttle_end(struct fvd_throttle *t, u32 granted_bytes, u64 now_ns)
{
	t->nr_in_flight--;
	t->in_flight_bytes -= granted_bytes;
	pace(t, now_ns);
}

/* Did the last pause help, by a quarter at least? Then the next is longer. */
static void learn_pause(const struct fvd_throttle *t, struct fvd_pause *pause,
			u64 rate, u64 now_ns)
{
	if (!pause->rate_before)
		return;
	if (rate >= pause->rate_before + pause->rate_before / 4) {
		pause->length_ns = min(2 * pause->length_ns, throttle_ns(t));
	} else if (pause->length_ns >= 2 * PAUSE_MIN_NS) {
		pause->length_ns /= 2;
	} else {
		pause->length_ns = 2 * PAUSE_MIN_NS;
		pause->next_ns = now_ns + PAUSE_AGAIN_NS;
	}
	pause->rate_before = 0;
}

/*
 * A device gives less than it should: hold back, or not, as the coin falls, so
 * that not all who share it stop together.
 */
static void check_busy(struct fvd_throttle *t, struct fvd_meter *meter,
		       struct fvd_pause *pause, u32 min_kib_per_s,
		       enum fvd_throttle_reason reason, u64 now_ns)
{
	u64 rate = meter->average;

	/* A small window, for whatever reason, explains a low rate. */
	if (!rate || is_ramping(t) || t->window_bytes < most_bytes(t))
		return;
	learn_pause(t, pause, rate, now_ns);
	if (rate >= (u64)min_kib_per_s << 10 || now_ns < pause->next_ns)
		return;
	meter->average = 0;
	if (fvd_jitter_next(&t->jitter) & 1)
		return;
	pause->rate_before = rate;
	hold(t, reason, now_ns +
	     fvd_jitter_spread(&t->jitter, min(pause->length_ns, throttle_ns(t))));
	set_window(t, min_t(u64, t->window_bytes, FVD_THROTTLE_MIN_BYTES));
}

static void begin_alone(struct fvd_throttle *t, u64 now_ns)
{
	t->alone = true;
	t->next_alone_ns = now_ns;
	fvd_meter_restart(&t->read, now_ns);
}

/* An idle guest: twice as much with each measure. */
static void grow_idle(struct fvd_throttle *t, u64 now_ns)
{
	if (now_ns < t->hold_until_ns || !is_idle(t, now_ns))
		return;
	if (t->waiting)
		set_window(t, max_t(u64, t->window_bytes * 2,
				    FVD_THROTTLE_MIN_BYTES));
	else
		set_window(t, t->window_bytes);
	t->reason = FVD_THROTTLE_IDLE;
	t->waiting = false;
}

static void finish_alone(struct fvd_throttle *t, u64 now_ns)
{
	t->alone = false;
	t->next_alone_ns = now_ns + fvd_jitter_spread(&t->jitter, ALONE_EVERY_NS);
	grow_idle(t, now_ns);
}

static void note_ramp(struct fvd_throttle *t)
{
	if (!is_ramping(t))
		return;
	if (t->read.best > t->ramp_best + t->ramp_best / 4) {
		t->ramp_best = t->read.best;
		t->nr_flat = 0;
	} else {
		t->nr_flat++;
	}
}

static void read_measured(struct fvd_throttle *t, u64 now_ns)
{
	struct fvd_meter *meter = &t->read;

	fvd_meter_finish(meter, READ_ONCE(t->settings->prefetch_alpha_percent),
			 t->alone, now_ns);
	if (t->alone) {
		if (!meter->nr_done)
			finish_alone(t, now_ns);
		return;
	}
	note_ramp(t);
	check_busy(t, meter, &t->read_pause,
		   READ_ONCE(t->settings->prefetch_min_read_kib_per_s),
		   FVD_THROTTLE_BASE, now_ns);
	grow_idle(t, now_ns);
	if (now_ns >= t->next_alone_ns && !t->ahead)
		begin_alone(t, now_ns);
}

static void count_second(struct fvd_throttle *t, u32 nr_bytes, u64 now_ns)
{
	u64 second = div_u64(now_ns, NS_PER_SECOND);
	u64 nr_old = FVD_THROTTLE_RATE_SECONDS;

	if (second > t->second)
		nr_old = min_t(u64, nr_old, second - t->second);
	else
		nr_old = 0;
	while (nr_old--)
		t->bytes_of[(second - nr_old) % FVD_THROTTLE_RATE_SECONDS] = 0;
	t->second = max(t->second, second);
	t->bytes_of[t->second % FVD_THROTTLE_RATE_SECONDS] += nr_bytes;
}

void fvd_throttle_read_begins(struct fvd_throttle *t, u64 now_ns)
{
	fvd_meter_begin(&t->read, now_ns);
}

void fvd_throttle_read_ended(struct fvd_throttle *t, u32 nr_bytes,
			     u64 latency_ns, u64 now_ns)
{
	u64 measure_ns = READ_ONCE(t->settings->prefetch_read_measure_ms) *
		NS_PER_MS;

	count_second(t, nr_bytes, now_ns);
	fvd_meter_end(&t->read, nr_bytes, latency_ns, now_ns);
	/* With pauses between requests the meter's own time hardly moves. */
	if (t->alone ? now_ns >= t->next_alone_ns + measure_ns :
		       fvd_meter_is_due(&t->read, measure_ns, now_ns))
		read_measured(t, now_ns);
}

void fvd_throttle_write_begins(struct fvd_throttle *t, u64 now_ns)
{
	fvd_meter_begin(&t->write, now_ns);
}

bool fvd_throttle_wants_past_cache(struct fvd_throttle *t, u64 nr_flushes,
				   u64 now_ns)
{
	if (nr_flushes != t->nr_flushes)
		t->past_cache_until_ns = now_ns + FLUSHES_NS;
	t->nr_flushes = nr_flushes;
	return throttle_ns(t) && now_ns < t->past_cache_until_ns;
}

void fvd_throttle_write_ended(struct fvd_throttle *t, u32 nr_bytes,
			      u64 latency_ns, u64 now_ns)
{
	u64 measure_ns = READ_ONCE(t->settings->prefetch_write_measure_ms) *
		NS_PER_MS;
	/* While reads are one at a time writes are, too. */
	bool alone = t->alone || !t->write.alone_ns;

	fvd_meter_end(&t->write, nr_bytes, latency_ns, now_ns);
	if (!fvd_meter_is_due(&t->write, measure_ns, now_ns))
		return;
	fvd_meter_finish(&t->write, READ_ONCE(t->settings->prefetch_alpha_percent),
			 alone, now_ns);
	if (!alone)
		check_busy(t, &t->write, &t->write_pause,
			   READ_ONCE(t->settings->prefetch_min_write_kib_per_s),
			   FVD_THROTTLE_IMAGE, now_ns);
}

static void clear_loaded(struct fvd_throttle *t, u64 now_ns)
{
	unsigned int i;

	for (i = 0; i < FVD_GUEST_NR_CLASSES; i++) {
		fvd_latencies_clear(&t->guest[i].loaded);
		t->guest[i].nr_all = 0;
		t->guest[i].nr_loaded = 0;
		t->guest[i].judged_ns = now_ns;
		t->guest[i].fine = false;
		t->guest[i].debt = min(t->guest[i].debt, DEBT_MOST / 2);
	}
}

/* Is no class at work of which it is not known yet? */
static bool all_are_fine(const struct fvd_throttle *t)
{
	unsigned int i;

	for (i = 0; i < FVD_GUEST_NR_CLASSES; i++)
		if (!t->guest[i].fine && t->guest[i].nr_all)
			return false;
	return true;
}

static void guest_is_hurt(struct fvd_throttle *t, u64 now_ns)
{
	t->hurt_bytes = t->window_bytes;
	set_window(t, fvd_jitter_spread(&t->jitter, t->window_bytes / 2));
	t->grow_after_ns = now_ns + fvd_jitter_spread(&t->jitter, GROW_HOLD_NS);
	t->reason = FVD_THROTTLE_GUEST;
	clear_loaded(t, now_ns);
}

static void guest_is_fine(struct fvd_throttle *t, u64 now_ns)
{
	u64 step = t->window_bytes / 4;
	unsigned int i;

	if (!all_are_fine(t) || now_ns < t->grow_after_ns ||
	    now_ns < t->hold_until_ns)
		return;
	/* Slowly where somebody was hurt last time. */
	if (t->window_bytes >= t->hurt_bytes + t->hurt_bytes / 4)
		t->hurt_bytes = 0;
	else if (t->window_bytes >= t->hurt_bytes / 2)
		step = t->window_bytes / 16;
	set_window(t, t->window_bytes + step);
	if (t->window_bytes == most_bytes(t))
		t->reason = FVD_THROTTLE_FULL;
	/* What was seen with a smaller window counts less. */
	for (i = 0; i < FVD_GUEST_NR_CLASSES; i++) {
		fvd_latencies_fade(&t->guest[i].loaded);
		t->guest[i].fine = false;
	}
}

/*
 * Of all I/Os one in a hundred may be late. If the part that is loaded is as
 * small as that, there is nothing to judge (0); else so many percent of the
 * loaded ones must be in time.
 */
static u32 percent_in_time(u32 nr_loaded, u32 nr_all)
{
	u32 may_be_late = nr_all * LATE_PER_MILLE / 10;

	if (nr_loaded * 100 <= may_be_late)
		return 0;
	return min_t(u32, 100 - may_be_late / nr_loaded, JUDGE_MAX_PERCENT);
}

static void judge(struct fvd_throttle *t, struct fvd_guest_meter *guest,
		  u64 now_ns)
{
	u32 percent = READ_ONCE(t->settings->prefetch_latency_percent);
	u32 in_time = percent_in_time(guest->nr_loaded, guest->nr_all);
	u32 quiet_percent = in_time == JUDGE_MAX_PERCENT ? in_time : 99, nr;
	u64 quiet_ns, loaded_ns = 0;

	if (guest->quiet.total < QUIET_MIN)
		return;
	guest->nr_loaded = 0;
	guest->nr_all = 0;
	guest->judged_ns = now_ns;
	guest->fine = true;
	nr = min(guest->quiet.total, guest->loaded.total);
	/* Half of what they differ by for want of values, 1/sqrt(n). */
	if (nr)
		percent += 50 >> ((ilog2(nr) + 1) / 2);
	quiet_ns = fvd_latencies_percentile_ns(&guest->quiet, quiet_percent);
	if (in_time)
		loaded_ns = fvd_latencies_percentile_ns(&guest->loaded, in_time);
	guest->limit_ns = fvd_latencies_percentile_ns(&guest->quiet, 99);
	guest->limit_ns += div_u64(guest->limit_ns * percent, 100);
	if (loaded_ns > quiet_ns + div_u64(quiet_ns * percent, 100))
		guest_is_hurt(t, now_ns);
	else if (guest->debt <= DEBT_CHANCE)
		guest_is_fine(t, now_ns);
}

static void count_late(struct fvd_throttle *t, struct fvd_guest_meter *guest,
		       bool is_loaded, u64 latency_ns, u64 now_ns)
{
	if (guest->debt)
		guest->debt--;
	if (!is_loaded || !guest->limit_ns || latency_ns <= guest->limit_ns)
		return;
	guest->debt += LATE_COST;
	if (guest->debt >= DEBT_MOST)
		guest_is_hurt(t, now_ns);
}

/* The guest is back: as good as nothing until it is known what it bears. */
static void guest_woke_up(struct fvd_throttle *t, u64 now_ns)
{
	set_window(t, min_t(u64, t->window_bytes, WINDOW_FIRST_BYTES));
	t->reason = FVD_THROTTLE_STARTING;
	t->hurt_bytes = 0;
	clear_loaded(t, now_ns);
}

static void note_guest(struct fvd_throttle *t, u64 now_ns)
{
	u64 gap_ns = now_ns - t->last_guest_ns;

	if (is_idle(t, now_ns))
		guest_woke_up(t, now_ns);
	if (t->last_guest_ns)
		t->guest_gap_ns = (t->guest_gap_ns * 7 +
				   min_t(u64, gap_ns, IDLE_MAX_NS)) / 8;
	t->last_guest_ns = now_ns;
}

/* Nothing quiet for a long time: stop a moment. */
static void get_quiet(struct fvd_throttle *t, struct fvd_guest_meter *guest,
		      u64 latency_ns, u64 now_ns)
{
	u64 hold_ns = max_t(u64, QUIET_HOLD_NS, 4 * latency_ns);

	if (now_ns - guest->last_quiet_ns < QUIET_AGE_NS ||
	    now_ns < t->hold_until_ns)
		return;
	/* Or the next one, if this does not help. */
	guest->last_quiet_ns = now_ns;
	hold(t, FVD_THROTTLE_MEASURE,
	     now_ns + min_t(u64, hold_ns, QUIET_HOLD_MAX_NS));
}

static bool is_due(const struct fvd_guest_meter *guest, u64 now_ns)
{
	u64 since_ns = now_ns - guest->judged_ns;

	if (guest->nr_loaded >= JUDGE_COUNT)
		return true;
	if (since_ns >= JUDGE_LATEST_NS)
		return guest->nr_all >= JUDGE_MIN_COUNT;
	return since_ns >= JUDGE_AFTER_NS &&
		(guest->nr_loaded >= JUDGE_MIN_COUNT ||
		 guest->nr_all >= JUDGE_COUNT);
}

void fvd_throttle_guest(struct fvd_throttle *t, enum fvd_guest_class class,
			u64 latency_ns, u64 now_ns)
{
	struct fvd_guest_meter *guest = &t->guest[class];
	const struct fvd_meter *meter = class == FVD_GUEST_BASE ? &t->read :
								  &t->write;

	bool is_loaded = fvd_meter_was_busy(meter, now_ns - latency_ns);

	note_guest(t, now_ns);
	guest->nr_all++;
	count_late(t, guest, is_loaded, latency_ns, now_ns);
	if (is_loaded) {
		guest->nr_loaded++;
		fvd_latencies_add(&guest->loaded, latency_ns);
		get_quiet(t, guest, latency_ns, now_ns);
	} else {
		fvd_latencies_add(&guest->quiet, latency_ns);
		guest->last_quiet_ns = now_ns;
	}
	if (is_due(guest, now_ns))
		judge(t, guest, now_ns);
}

enum fvd_throttle_reason fvd_throttle_reason(const struct fvd_throttle *t,
					     u64 now_ns)
{
	if (t->limited)
		return FVD_THROTTLE_LIMIT;
	if (!throttle_ns(t))
		return FVD_THROTTLE_OFF;
	if (now_ns < t->hold_until_ns &&
	    (!t->ahead || t->hold_reason != FVD_THROTTLE_MEASURE))
		return t->hold_reason;
	if (t->at_minimum)
		return FVD_THROTTLE_MINIMUM;
	return t->ahead ? FVD_THROTTLE_AHEAD : t->reason;
}

u64 fvd_throttle_bytes_per_s(const struct fvd_throttle *t, u64 now_ns)
{
	u64 second = div_u64(now_ns, NS_PER_SECOND), sum = 0, i;
	u64 part_ms = div_u64(now_ns, NS_PER_MS) - second * 1000;
	u64 ms = (FVD_THROTTLE_RATE_SECONDS - 1) * 1000 + part_ms + 1;

	for (i = 0; i < FVD_THROTTLE_RATE_SECONDS; i++)
		if (t->second + FVD_THROTTLE_RATE_SECONDS > second + i)
			sum += t->bytes_of[(t->second - i) %
					   FVD_THROTTLE_RATE_SECONDS];
	return div_u64(sum * 1000, ms);
}

u64 fvd_throttle_remaining_s(const struct fvd_throttle *t, u64 bytes_left,
			     u64 now_ns)
{
	u64 rate = fvd_throttle_bytes_per_s(t, now_ns);

	if (!bytes_left)
		return 0;
	return rate ? div64_u64(bytes_left - 1, rate) + 1 : U64_MAX;
}
