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
#define JUDGE_PERCENT		95U
/* Quiet latencies change with the guest's work; older ones mean nothing. */
#define QUIET_AGE_NS		(2 * NS_PER_SECOND)
/* A twentieth of that; longer for a guest whose I/O takes longer. */
#define QUIET_HOLD_NS		(100 * NS_PER_MS)
#define QUIET_HOLD_MAX_NS	NS_PER_SECOND
/* Idle is who did nothing for four times as long as usual, within bounds. */
#define IDLE_GAPS		4
#define IDLE_MIN_NS		NS_PER_SECOND
#define IDLE_MAX_NS		(10 * NS_PER_SECOND)
/* First time of holding back; doubles up to prefetch_throttle_ms. */
#define BACKOFF_FIRST_NS	NS_PER_SECOND
/* No growth right after somebody was hurt. */
#define GROW_HOLD_NS		NS_PER_SECOND
/* A measure of 100 ms in 20 s costs a 200th at most. */
#define ALONE_EVERY_NS		(20 * NS_PER_SECOND)
/* When answers take much longer than alone: look again whether it is so. */
#define ALONE_SOON_NS		(2 * NS_PER_SECOND)
/*
 * Twice what keeps the base busy is in flight, so answers take twice as long
 * as alone, and jitter makes it three; what takes four times waits behind
 * somebody else.
 */
#define BUSY_FACTOR		4
/* The least pause worth it, see pauses that do not help. */
#define PAUSE_MIN_NS		(100 * NS_PER_MS)

static const char * const reason_names[] = {
	[FVD_THROTTLE_STARTING] = "starting",
	[FVD_THROTTLE_IDLE] = "idle",
	[FVD_THROTTLE_FULL] = "full",
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
	t->window_bytes = FVD_THROTTLE_MIN_BYTES;
	t->backoff_ns = BACKOFF_FIRST_NS;
	t->pause_ns = throttle_ns(t) / 4;
	t->alone = true;
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

/* What the window may grow to. */
static u64 most_bytes(const struct fvd_throttle *t)
{
	u64 slot = READ_ONCE(t->settings->prefetch_slot_bytes);
	u64 most = READ_ONCE(t->settings->prefetch_slots) * slot;
	u64 needs = fvd_meter_needs_bytes(&t->read);

	if (needs)
		most = min(most, 2 * needs + FVD_THROTTLE_MIN_BYTES);
	return max_t(u64, most, FVD_THROTTLE_MIN_BYTES);
}

/* At least four in flight, so that the line is not empty between two. */
static u32 request_bytes(const struct fvd_throttle *t)
{
	u64 bytes = FVD_THROTTLE_MIN_BYTES;
	u64 slot = READ_ONCE(t->settings->prefetch_slot_bytes);
	u64 window = throttle_ns(t) ? t->window_bytes : 4 * slot;

	if (t->alone && throttle_ns(t))
		return bytes;
	while (bytes * 2 <= slot && bytes * 8 <= window)
		bytes *= 2;
	return bytes;
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
	t->window_bytes = min(nr_bytes, most_bytes(t));
}

/* May @nr_bytes more be in flight? */
static bool has_room(struct fvd_throttle *t, u32 nr_bytes, u64 now_ns)
{
	if (now_ns < t->hold_until_ns)
		return false;
	if (!t->window_bytes)
		t->window_bytes = FVD_THROTTLE_MIN_BYTES;
	if (t->alone)
		return !t->nr_in_flight;
	return t->in_flight_bytes + nr_bytes <= t->window_bytes ||
		!t->nr_in_flight;
}

static u32 grant(struct fvd_throttle *t, u32 nr_bytes, u64 now_ns)
{
	t->nr_in_flight++;
	t->in_flight_bytes += nr_bytes;
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
	if (!throttle_ns(t) || has_room(t, nr_bytes, now_ns))
		return grant(t, nr_bytes, now_ns);
	t->waiting = true;
	nr_bytes = min_t(u32, nr_bytes, FVD_THROTTLE_MIN_BYTES);
	*wait_ns = fvd_rate_wait_ns(&t->progress, nr_bytes, now_ns);
	if (!*wait_ns)
		return grant(t, nr_bytes, now_ns);
	if (t->hold_until_ns > now_ns)
		*wait_ns = min(*wait_ns, t->hold_until_ns - now_ns);
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
	if (!t->nr_in_flight)
		t->last_busy_ns = now_ns;
}

/*
 * @meter gives less than it should, and answers late: hold back, or not, as
 * the coin falls, so that not all who share the device stop together.
 */
static void check_busy(struct fvd_throttle *t, struct fvd_meter *meter,
		       u32 min_kib_per_s, enum fvd_throttle_reason reason,
		       u64 now_ns)
{
	u64 longest_ns = throttle_ns(t);

	if (!meter->average || !meter->alone_ns || !longest_ns ||
	    meter->average >= (u64)min_kib_per_s << 10 ||
	    meter->latency_ns < BUSY_FACTOR * meter->alone_ns)
		return;
	/* Did the last pause help? By a quarter at least? */
	if (t->paused_rate &&
	    meter->average < t->paused_rate + t->paused_rate / 4)
		t->pause_ns = max_t(u64, t->pause_ns / 2, PAUSE_MIN_NS);
	else if (t->paused_rate)
		t->pause_ns *= 2;
	t->pause_ns = min(t->pause_ns, longest_ns);
	t->paused_rate = meter->average;
	meter->average = 0;
	if (fvd_jitter_next(&t->jitter) & 1)
		return;
	hold(t, reason, now_ns + fvd_jitter_spread(&t->jitter, t->pause_ns));
	set_window(t, FVD_THROTTLE_MIN_BYTES);
}

static void finish_alone(struct fvd_throttle *t, u64 now_ns)
{
	t->alone = false;
	t->next_alone_ns = now_ns + fvd_jitter_spread(&t->jitter, ALONE_EVERY_NS);
}

static void begin_alone(struct fvd_throttle *t, u64 now_ns)
{
	t->alone = true;
	fvd_meter_restart(&t->read, now_ns);
}

/* An idle guest: half as much again with each measure. */
static void grow_idle(struct fvd_throttle *t, u64 now_ns)
{
	if (now_ns < t->hold_until_ns || !is_idle(t, now_ns))
		return;
	if (t->waiting)
		set_window(t, t->window_bytes + t->window_bytes / 2);
	else
		set_window(t, t->window_bytes);
	t->reason = FVD_THROTTLE_IDLE;
	t->waiting = false;
}

static void read_measured(struct fvd_throttle *t, u64 now_ns)
{
	struct fvd_meter *meter = &t->read;

	fvd_meter_finish(meter, READ_ONCE(t->settings->prefetch_alpha_percent),
			 t->alone, now_ns);
	if (t->alone) {
		if (meter->alone_ns && !meter->nr_done)
			finish_alone(t, now_ns);
		return;
	}
	check_busy(t, meter, READ_ONCE(t->settings->prefetch_min_read_kib_per_s),
		   FVD_THROTTLE_BASE, now_ns);
	grow_idle(t, now_ns);
	if (meter->latency_ns >= BUSY_FACTOR * meter->alone_ns)
		t->next_alone_ns = min(t->next_alone_ns, now_ns + ALONE_SOON_NS);
	if (now_ns >= t->next_alone_ns)
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
	if (fvd_meter_is_due(&t->read, measure_ns, now_ns))
		read_measured(t, now_ns);
}

void fvd_throttle_write_begins(struct fvd_throttle *t, u64 now_ns)
{
	fvd_meter_begin(&t->write, now_ns);
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
		check_busy(t, &t->write,
			   READ_ONCE(t->settings->prefetch_min_write_kib_per_s),
			   FVD_THROTTLE_IMAGE, now_ns);
}

static void clear_loaded(struct fvd_throttle *t, u64 now_ns)
{
	unsigned int i;

	for (i = 0; i < FVD_GUEST_NR_CLASSES; i++) {
		fvd_latencies_clear(&t->guest[i].loaded);
		t->guest[i].nr_new = 0;
		t->guest[i].judged_ns = now_ns;
	}
}

static void guest_is_hurt(struct fvd_throttle *t, u64 now_ns)
{
	t->hurt_bytes = t->window_bytes;
	t->window_bytes = fvd_jitter_spread(&t->jitter, t->window_bytes / 2);
	t->grow_after_ns = now_ns + fvd_jitter_spread(&t->jitter, GROW_HOLD_NS);
	t->reason = FVD_THROTTLE_GUEST;
	if (t->window_bytes < FVD_THROTTLE_MIN_BYTES) {
		t->window_bytes = 0;
		hold(t, FVD_THROTTLE_MINIMUM, now_ns +
		     fvd_jitter_spread(&t->jitter, t->backoff_ns));
		t->backoff_ns = min(t->backoff_ns * 2, throttle_ns(t));
	}
	clear_loaded(t, now_ns);
}

static void guest_is_fine(struct fvd_throttle *t, struct fvd_guest_meter *guest,
			  u64 now_ns)
{
	u64 step = t->window_bytes / 4;

	if (now_ns < t->grow_after_ns || now_ns < t->hold_until_ns)
		return;
	/* Slowly where somebody was hurt last time. */
	if (t->hurt_bytes && t->window_bytes >= t->hurt_bytes / 2)
		step = t->window_bytes / 16;
	set_window(t, t->window_bytes + max_t(u64, step, FVD_THROTTLE_MIN_BYTES / 4));
	t->backoff_ns = BACKOFF_FIRST_NS;
	if (t->window_bytes == most_bytes(t))
		t->reason = FVD_THROTTLE_FULL;
	/* What was seen with a smaller window counts less. */
	fvd_latencies_fade(&guest->loaded);
}

static void judge(struct fvd_throttle *t, struct fvd_guest_meter *guest,
		  u64 now_ns)
{
	u32 percent = READ_ONCE(t->settings->prefetch_latency_percent);
	u64 quiet_ns, loaded_ns, allowed_ns;
	u32 nr;

	if (guest->quiet.total < QUIET_MIN)
		return;
	guest->nr_new = 0;
	guest->judged_ns = now_ns;
	/* What both percentiles may differ by for want of values: 1/sqrt(n). */
	nr = min(guest->quiet.total, guest->loaded.total);
	percent += 100 >> ((ilog2(nr) + 1) / 2);
	quiet_ns = fvd_latencies_percentile_ns(&guest->quiet, JUDGE_PERCENT);
	loaded_ns = fvd_latencies_percentile_ns(&guest->loaded, JUDGE_PERCENT);
	allowed_ns = quiet_ns + div_u64(quiet_ns * percent, 100);
	if (loaded_ns > allowed_ns)
		guest_is_hurt(t, now_ns);
	else
		guest_is_fine(t, guest, now_ns);
}

/* The guest is back: as good as nothing until it is known what it bears. */
static void guest_woke_up(struct fvd_throttle *t, u64 now_ns)
{
	set_window(t, min_t(u64, t->window_bytes, FVD_THROTTLE_MIN_BYTES));
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

void fvd_throttle_guest(struct fvd_throttle *t, enum fvd_guest_class class,
			u64 latency_ns, u64 now_ns)
{
	struct fvd_guest_meter *guest = &t->guest[class];
	bool loaded = t->nr_in_flight || t->last_busy_ns + latency_ns > now_ns;

	note_guest(t, now_ns);
	if (!loaded) {
		fvd_latencies_add(&guest->quiet, latency_ns);
		guest->last_quiet_ns = now_ns;
		return;
	}
	fvd_latencies_add(&guest->loaded, latency_ns);
	guest->nr_new++;
	get_quiet(t, guest, latency_ns, now_ns);
	if (guest->nr_new >= JUDGE_COUNT ||
	    (guest->nr_new >= JUDGE_MIN_COUNT &&
	     now_ns - guest->judged_ns >= JUDGE_AFTER_NS))
		judge(t, guest, now_ns);
}

enum fvd_throttle_reason fvd_throttle_reason(const struct fvd_throttle *t,
					     u64 now_ns)
{
	if (t->limited)
		return FVD_THROTTLE_LIMIT;
	if (!throttle_ns(t))
		return FVD_THROTTLE_OFF;
	if (now_ns < t->hold_until_ns)
		return t->hold_reason;
	return t->reason;
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
