/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Prefetch: bringing over, in the background, what is still in the base.
 *
 * Several fetches are kept under way, in the order of the disk. What is
 * missing is always read from the bitmap; where to look first is only a hint.
 */
#ifndef FVD_PREFETCH_H
#define FVD_PREFETCH_H

#include <linux/list.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "fvd-throttle.h"

/* prefetch_start_delay_s: only a message starts it. */
#define FVD_PREFETCH_NEVER_S		((u32)-1)

/**
 * enum fvd_prefetch_wait - what the next fetch waits for.
 * @FVD_PREFETCH_GOES_ON: nothing; or for one of those under way to end
 * @FVD_PREFETCH_WAITS_HELD: all that is left is being filled by somebody
 * @FVD_PREFETCH_WAITS_COMMIT: room for pending changes
 * @FVD_PREFETCH_WAITS_MEMORY: memory for a first window
 * @FVD_PREFETCH_WAITS_SPACE: what is left needs chunks that are kept for guests
 * @FVD_PREFETCH_WAITS_THROTTLE: its manners; see fvd_throttle_reason()
 * @FVD_PREFETCH_WAITS_BASE: what is left could not be read; tried again later
 * @FVD_PREFETCH_WAITS_STORE: what is left could not be written; likewise
 * @FVD_PREFETCH_GIVEN_UP: what is left is given up, until a message
 * @FVD_PREFETCH_WAITS_READ_ONLY: nothing may be written
 * @FVD_PREFETCH_NR_WAITS: how many there are
 */
enum fvd_prefetch_wait {
	FVD_PREFETCH_GOES_ON,
	FVD_PREFETCH_WAITS_HELD,
	FVD_PREFETCH_WAITS_COMMIT,
	FVD_PREFETCH_WAITS_MEMORY,
	FVD_PREFETCH_WAITS_SPACE,
	FVD_PREFETCH_WAITS_THROTTLE,
	FVD_PREFETCH_WAITS_BASE,
	FVD_PREFETCH_WAITS_STORE,
	FVD_PREFETCH_GIVEN_UP,
	FVD_PREFETCH_WAITS_READ_ONLY,
	FVD_PREFETCH_NR_WAITS,
};

/**
 * struct fvd_prefetch - its state; protected by the image's lock.
 * @work: starts fetches; the only one that does
 * @state: OFF, DELAYED, RUNNING, PAUSED or COMPLETE; also read without the lock
 * @wait: also read without the lock; set by @work and fvd_prefetch_stop() only
 * @active: the image is active: fetches may be started
 * @start_jiffies: when FVD_PREFETCH_DELAYED is over
 * @idle_slots: not under way
 * @nr_busy: under way
 * @cursor_block: where to look next; a hint. A round ends when it is at the
 *	end, and the next one begins at 0
 * @piece_block: of the piece of the profile that is being fetched, the next
 *	block to look at
 * @piece_end: the first block behind that piece
 * @sweep_wanted: all the rest, too, not only what the profile names
 * @sweep_jiffies: not before
 * @found_held: in this round
 * @found_no_space: in this round
 * @found_failing: in this round, ranges of the base whose time has not come
 * @found_unstorable: in this round
 * @throttle: its manners
 */
struct fvd_prefetch {
	struct delayed_work work;
	enum fvd_prefetch_state state;
	enum fvd_prefetch_wait wait;
	bool active;
	unsigned long start_jiffies;
	struct list_head idle_slots;
	unsigned int nr_busy;
	u64 cursor_block;
	u64 piece_block;
	u64 piece_end;
	bool sweep_wanted;
	unsigned long sweep_jiffies;
	bool found_held;
	bool found_no_space;
	bool found_failing;
	bool found_unstorable;
	struct fvd_throttle throttle;
};

struct fvd_image;

/** fvd_prefetch_init() - when the image is opened. */
void fvd_prefetch_init(struct fvd_image *image);

/** fvd_prefetch_exit() - free; nothing is under way. May sleep. */
void fvd_prefetch_exit(struct fvd_image *image);

/**
 * fvd_prefetch_start() - fetch everything, from now on.
 * @image: whatever it did; a pause or delay ends
 */
void fvd_prefetch_start(struct fvd_image *image);

/**
 * fvd_prefetch_pause() - start no more fetches until resumed.
 * @image: what is under way ends as always
 *
 * Returns: 0, or -EINVAL if it is neither running nor about to.
 */
int __must_check fvd_prefetch_pause(struct fvd_image *image);

/** fvd_prefetch_resume() - go on. Returns: 0, or -EINVAL if it is not paused. */
int __must_check fvd_prefetch_resume(struct fvd_image *image);

/** fvd_prefetch_stop() - and forget that it was started. */
void fvd_prefetch_stop(struct fvd_image *image);

/**
 * fvd_prefetch_activate() - the image was activated, with the settings of a
 * table line.
 * @image: if prefetch_start_delay_s says so, or there is a profile and
 *	profile_start_delay_s says so, prefetch starts after that time, unless
 *	it did before; if both say never, it stops
 */
void fvd_prefetch_activate(struct fvd_image *image);

/**
 * fvd_prefetch_deactivate() - the image is about to be suspended. May sleep.
 * @image: what is under way is among its background operations
 *
 * No fetch is started afterwards.
 */
void fvd_prefetch_deactivate(struct fvd_image *image);

/** fvd_prefetch_wants_times() - does it adapt to how the guest's I/O fares? */
bool fvd_prefetch_wants_times(const struct fvd_image *image);

/** fvd_prefetch_wants_hits() - are reads of what the profile names counted? */
bool fvd_prefetch_wants_hits(const struct fvd_image *image);

/** fvd_prefetch_note() - something changed: look again now. Any context. */
void fvd_prefetch_note(struct fvd_image *image);

/**
 * fvd_prefetch_guest() - a guest's I/O ended, see fvd_throttle_guest().
 * @image: costs a look at a variable unless prefetch is at work
 * @class: where it went
 * @began_ns: when it began; 0: nobody knows
 *
 * Any context, lock not held.
 */
void fvd_prefetch_guest(struct fvd_image *image, enum fvd_guest_class class,
			u64 began_ns);

/**
 * fvd_prefetch_note_commit() - a commit ended, so there is room again.
 * @image: costs a look at a variable if prefetch does not wait for that
 *
 * Any context.
 */
void fvd_prefetch_note_commit(struct fvd_image *image);

/**
 * fvd_prefetch_state() - for status: what it does.
 * @image: its lock may be held
 */
enum fvd_prefetch_state fvd_prefetch_state(const struct fvd_image *image);

/** fvd_prefetch_wait_name() - one word. */
const char *fvd_prefetch_wait_name(enum fvd_prefetch_wait wait);

#endif /* FVD_PREFETCH_H */
