/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How much prefetch may do now, and why not more.
 *
 * The engine asks before each request and reports what became of it, and how
 * long guest I/O took. From that comes a window (bytes in flight at most):
 *
 * - The guest's latency is collected apart: I/O that had prefetch beside it on
 *   the same device ("loaded") and I/O that had not ("quiet"). What counts is
 *   the 99th percentile of all: so if only one I/O of a hundred is loaded, it may
 *   be as late as it likes; if all are, then 99 of 100 must not be later than
 *   prefetch_latency_percent allows. Else the window is halved; if they are
 *   not, it grows. If nothing is quiet any more, prefetch stops for a moment.
 *   What one judgement is too short to see is kept as a debt of late I/Os.
 * - A window below FVD_THROTTLE_MIN_BYTES is one request at a time, with pauses
 *   between: of half of it, one request half of the time.
 * - The window is never more than what devices need to be kept busy (their
 *   rate times the latency of one request alone) and 10 ms of their rate, so
 *   that whoever else reads from the base, and the guest's next read, finds a
 *   short queue.
 * - A base that gives less than prefetch_min_read_kib_per_s although the window
 *   allows more: a coin decides whether to hold back for a while, as in the
 *   original; an image device likewise. A pause after which it gives more is
 *   followed by a longer one, one that did not help by a shorter one, or by none
 *   for a long time: such a base is not busy, but slow.
 * - Whoever is hurt, prefetch_progress_kib_per_s may always be had.
 * - What a profile names is what the guest is about to wait for: to hold it back
 *   for the guest's sake would make the guest wait longer. So while it is
 *   fetched FVD_THROTTLE_AHEAD_BYTES may be in flight, whatever the guest's
 *   latencies say; a busy base or image device and all limits count as always.
 * - All of it within the limits prefetch_max_*_kib_per_s.
 *
 * Pure; one lock of the owner's, which may be taken in completions: nothing
 * here loops longer than over FVD_LATENCY_BUCKETS. Times are ns of a monotonic
 * clock, below 2^62.
 */
#ifndef FVD_THROTTLE_H
#define FVD_THROTTLE_H

#include "fvd-jitter.h"
#include "fvd-latency.h"
#include "fvd-meter.h"
#include "fvd-rate.h"
#include "fvd-settings.h"

/** enum fvd_guest_class - where a guest's I/O went. */
enum fvd_guest_class {
	FVD_GUEST_BASE,		/* read from the base, kept or not */
	FVD_GUEST_LOCAL,	/* to or from the image */
	FVD_GUEST_NR_CLASSES,
};

/** enum fvd_throttle_reason - why prefetch has the speed that it has. */
enum fvd_throttle_reason {
	FVD_THROTTLE_STARTING,	/* finding out what base and guest can bear */
	FVD_THROTTLE_IDLE,	/* the guest does nothing: full speed */
	FVD_THROTTLE_FULL,	/* the guest is at work and not hurt: full speed */
	FVD_THROTTLE_AHEAD,	/* it is what the guest needs next: full speed */
	FVD_THROTTLE_GUEST,	/* slower, for the guest's latency */
	FVD_THROTTLE_MEASURE,	/* stopped for a moment, to know that latency */
	FVD_THROTTLE_BASE,	/* holding back, the base is busy */
	FVD_THROTTLE_IMAGE,	/* holding back, the image device is busy */
	FVD_THROTTLE_MINIMUM,	/* nothing but the guaranteed progress */
	FVD_THROTTLE_LIMIT,	/* at prefetch_max_*_kib_per_s */
	FVD_THROTTLE_OFF,	/* prefetch_throttle_ms is 0: no manners */
	FVD_THROTTLE_NR_REASONS,
};

/* What the engine does; here, so that module and tools have the same names. */
enum fvd_prefetch_state {
	FVD_PREFETCH_OFF,	/* not started, and no delay runs */
	FVD_PREFETCH_DELAYED,	/* will start by itself */
	FVD_PREFETCH_PROFILE,	/* fetching what the profile names */
	FVD_PREFETCH_RUNNING,	/* fetching all the rest */
	FVD_PREFETCH_PAUSED,	/* by a message */
	FVD_PREFETCH_RETRYING,	/* waits for a failing base, or a failing store */
	FVD_PREFETCH_SUSPENDED,	/* the device is suspended */
	FVD_PREFETCH_GAVE_UP,	/* nothing left but ranges that were given up */
	FVD_PREFETCH_COMPLETE,	/* nothing is left in the base */
	FVD_PREFETCH_NR_STATES,
};

/** fvd_throttle_reason_name() - one word, for status and tools. */
const char *fvd_throttle_reason_name(enum fvd_throttle_reason reason);

/** fvd_prefetch_state_name() - one word, for status and tools. */
const char *fvd_prefetch_state_name(enum fvd_prefetch_state state);

/*
 * The least request. Less than 64 KiB costs a server nearly as much; 64 KiB at
 * 50 MB/s hold up others for 1.3 ms.
 */
#define FVD_THROTTLE_MIN_BYTES		65536U
/*
 * Fills a line of 100 MB/s and 10 ms, or of 10 MB/s and 100 ms; what the guest
 * reads beside it waits for no more than that, 20 ms at 50 MB/s.
 */
#define FVD_THROTTLE_AHEAD_BYTES	1048576U
/* fvd_throttle_ask(): ask again when something ends; no time is known. */
#define FVD_THROTTLE_WAIT_FOR_END	U64_MAX
/* Seconds over which fvd_throttle_bytes_per_s() looks back. */
#define FVD_THROTTLE_RATE_SECONDS	8U

/**
 * struct fvd_guest_meter - one class of guest I/O.
 * @quiet: had no prefetch beside it on the same device
 * @loaded: had
 * @nr_all: I/Os since they were judged last
 * @nr_loaded: of these
 * @judged_ns: when that was
 * @fine: judged, and not hurt, since the window changed
 * @last_quiet_ns: last addition to @quiet, or attempt at one
 * @limit_ns: who is loaded and takes longer is late; 0: not known yet
 * @debt: late ones, each of which is paid back by many I/Os that are not
 */
struct fvd_guest_meter {
	struct fvd_latencies quiet;
	struct fvd_latencies loaded;
	u32 nr_all;
	u32 nr_loaded;
	u64 judged_ns;
	bool fine;
	u64 last_quiet_ns;
	u64 limit_ns;
	u32 debt;
};

/**
 * struct fvd_pause - holding back for a busy device.
 * @length_ns: of the next one
 * @rate_before: bytes/s that the device gave before the last; 0: none to judge
 * @next_ns: no other before
 */
struct fvd_pause {
	u64 length_ns;
	u64 rate_before;
	u64 next_ns;
};

/**
 * struct fvd_throttle - the state; private but for what functions below give.
 * @settings: of the image; read word by word at any time
 * @jitter: of all pauses
 * @read_limit: prefetch_max_read_kib_per_s
 * @write_limit: prefetch_max_write_kib_per_s
 * @progress: prefetch_progress_kib_per_s
 * @read: base reads
 * @write: image writes
 * @guest: by class
 * @window_bytes: in flight at most; see above
 * @hurt_bytes: window with which the guest was hurt last; 0: never
 * @in_flight_bytes: granted and not ended
 * @nr_in_flight: requests
 * @granted_ns: when a request was last granted with a small window
 * @pace_until_ns: with a small window: next request not before
 * @last_guest_ns: last guest I/O; 0: never
 * @guest_gap_ns: average time between them
 * @hold_until_ns: nothing but @progress before
 * @hold_reason: why
 * @grow_after_ns: no growth before
 * @read_pause: for the base
 * @write_pause: for the image device
 * @ramp_best: what the base gave at best when it was looked last; while ramping
 * @nr_flat: measures in a row without more than that; enough: ramping is over
 * @next_alone_ns: when to measure the base with one request at a time; while
 *	that is done: since when
 * @alone: at it
 * @ahead: what a profile names is fetched
 * @reason: why the window is what it is
 * @limited: the last ask was refused by a limit
 * @at_minimum: the last request was granted by @progress
 * @waiting: an ask was refused for the window since the last measure
 * @nr_flushes: of guests, as far as known
 * @past_cache_until_ns: they came one after the other until then
 * @second: number of the newest second in @bytes_of
 * @bytes_of: bytes read in each of the last seconds
 */
struct fvd_throttle {
	const struct fvd_settings *settings;
	struct fvd_jitter jitter;
	struct fvd_rate read_limit;
	struct fvd_rate write_limit;
	struct fvd_rate progress;
	struct fvd_meter read;
	struct fvd_meter write;
	struct fvd_guest_meter guest[FVD_GUEST_NR_CLASSES];
	u64 window_bytes;
	u64 hurt_bytes;
	u64 in_flight_bytes;
	u32 nr_in_flight;
	u64 granted_ns;
	u64 pace_until_ns;
	u64 last_guest_ns;
	u64 guest_gap_ns;
	u64 hold_until_ns;
	enum fvd_throttle_reason hold_reason;
	u64 grow_after_ns;
	struct fvd_pause read_pause;
	struct fvd_pause write_pause;
	u64 ramp_best;
	u32 nr_flat;
	u64 next_alone_ns;
	bool alone;
	bool ahead;
	enum fvd_throttle_reason reason;
	bool limited;
	bool at_minimum;
	bool waiting;
	u64 nr_flushes;
	u64 past_cache_until_ns;
	u64 second;
	u64 bytes_of[FVD_THROTTLE_RATE_SECONDS];
};

/**
 * fvd_throttle_init() - nothing in flight, nothing known.
 * @throttle: to be initialized; about 4 KiB
 * @settings: must live as long
 * @seed: of the jitter: another for each device and activation
 * @now_ns: time
 */
void fvd_throttle_init(struct fvd_throttle *throttle,
		       const struct fvd_settings *settings, u64 seed,
		       u64 now_ns);

/**
 * fvd_throttle_start_delay_ns() - what to wait for a start delay.
 * @throttle: for its jitter
 * @delay_s: prefetch_start_delay_s or profile_start_delay_s, not negative
 *
 * Returns: @delay_s, and up to a quarter more: a thousand machines that were
 * switched on together do not start together. 0 for 0.
 */
u64 fvd_throttle_start_delay_ns(struct fvd_throttle *throttle, u32 delay_s);

/**
 * fvd_throttle_set_ahead() - will the next requests be for what a profile names?
 * @throttle: the throttle
 * @ahead: they will; initially not
 * @now_ns: time
 */
void fvd_throttle_set_ahead(struct fvd_throttle *throttle, bool ahead,
			    u64 now_ns);

/**
 * fvd_throttle_ask() - may a request start now?
 * @throttle: the throttle
 * @want_bytes: how much the engine could fetch in one request, at least 1
 * @now_ns: time
 * @wait_ns: set if the answer is 0: ask again after so long, or when a request
 *	ends, whatever comes first; FVD_THROTTLE_WAIT_FOR_END: only then
 *
 * Returns: how much of it may be fetched now; it is in flight from now on, and
 * both limits are charged. Or 0.
 */
u32 __must_check fvd_throttle_ask(struct fvd_throttle *throttle, u32 want_bytes,
				  u64 now_ns, u64 *wait_ns);

/**
 * fvd_throttle_cut() - less was needed than was granted.
 * @throttle: the throttle
 * @nr_bytes: how much less; the limits get it back, and the window too
 *
 * Before the read starts. A request of which nothing is left is ended by
 * fvd_throttle_end() with 0 bytes, too.
 */
void fvd_throttle_cut(struct fvd_throttle *throttle, u32 nr_bytes);

/** fvd_throttle_read_begins() - the base read of a granted request starts. */
void fvd_throttle_read_begins(struct fvd_throttle *throttle, u64 now_ns);

/**
 * fvd_throttle_read_ended() - it ended.
 * @throttle: the throttle
 * @nr_bytes: that were read; 0 if it failed
 * @latency_ns: how long it took
 * @now_ns: time
 */
void fvd_throttle_read_ended(struct fvd_throttle *throttle, u32 nr_bytes,
			     u64 latency_ns, u64 now_ns);

/** fvd_throttle_write_begins() - a write to the image starts. */
void fvd_throttle_write_begins(struct fvd_throttle *throttle, u64 now_ns);

/**
 * fvd_throttle_wants_past_cache() - is the disk better off to write it at once?
 * @throttle: the throttle
 * @nr_flushes: of guests so far
 * @now_ns: time; a write begins
 *
 * A guest's flush takes as long as the disk needs for what its cache holds, and
 * that is prefetch's, too. Who flushes all the time should not wait for it; for
 * others a write through the cache is cheaper.
 */
bool fvd_throttle_wants_past_cache(struct fvd_throttle *throttle,
				   u64 nr_flushes, u64 now_ns);

/** fvd_throttle_write_ended() - it ended; as fvd_throttle_read_ended(). */
void fvd_throttle_write_ended(struct fvd_throttle *throttle, u32 nr_bytes,
			      u64 latency_ns, u64 now_ns);

/**
 * fvd_throttle_unwritten() - read, but not to be written: somebody else was
 * faster, or the read failed. The write limit gets it back.
 * @throttle: the throttle
 * @nr_bytes: that are not written
 */
void fvd_throttle_unwritten(struct fvd_throttle *throttle, u32 nr_bytes);

/**
 * fvd_throttle_end() - a granted request is over; ask again.
 * @throttle: the throttle
 * @granted_bytes: what was granted, less what was cut
 * @now_ns: time
 */
void fvd_throttle_end(struct fvd_throttle *throttle, u32 granted_bytes,
		      u64 now_ns);

/**
 * fvd_throttle_guest() - a guest's I/O ended.
 * @throttle: the throttle
 * @class: where it went
 * @latency_ns: how long it took, without what it waited for other guest I/O
 * @now_ns: time of its end
 *
 * Also while prefetch has not started: so the quiet latency is known when it
 * does. Some may be left out, if which ones does not depend on their latency.
 * Of a fetch that a guest waited for: the read of the base.
 */
void fvd_throttle_guest(struct fvd_throttle *throttle,
			enum fvd_guest_class class, u64 latency_ns, u64 now_ns);

/** fvd_throttle_reason() - why prefetch has the speed that it has. */
enum fvd_throttle_reason fvd_throttle_reason(const struct fvd_throttle *throttle,
					     u64 now_ns);

/** fvd_throttle_bytes_per_s() - of the last seconds, by reads of the base. */
u64 fvd_throttle_bytes_per_s(const struct fvd_throttle *throttle, u64 now_ns);

/**
 * fvd_throttle_remaining_s() - how long the rest takes at this rate.
 * @throttle: the throttle
 * @bytes_left: still in the base
 * @now_ns: time
 *
 * Returns: seconds, rounded up; U64_MAX if nothing moves.
 */
u64 fvd_throttle_remaining_s(const struct fvd_throttle *throttle,
			     u64 bytes_left, u64 now_ns);

#endif /* FVD_THROTTLE_H */
