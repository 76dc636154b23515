// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prefetch.
 *
 * A work starts fetches until enough are under way; whenever one ends, it runs
 * again. It goes through the bitmap in rounds. A round passes over what others
 * are filling, what could not be fetched, and what there is no space for; at
 * its end the next one begins, at once or after a while, until no block is
 * left in the base. So it does not matter whether those others succeed.
 *
 * Invariants:
 *   I-PRE-1  What is fetched was found in the bitmap, and is held, under the
 *            same lock. Nothing is concluded from the cursor.
 *   I-PRE-2  Prefetch is done when the image is complete, and that is decided
 *            by the number of blocks left (I-MAP-3).
 *   I-PRE-3  A fetch is started by the work only, and only while the image is
 *            active. So after fvd_prefetch_deactivate() none is.
 *   I-PRE-4  In a compact image prefetch takes a chunk only if enough are left
 *            for the guest.
 *
 * Locking: the image's lock for the state. The work never sleeps for long: it
 * is queued again instead.
 * Memory: windows are allocated when the work needs them, without insisting,
 * and kept while prefetch runs. It goes on with one.
 * Left out on purpose: commits. What is fetched is a soft change (rule 3).
 */
#include <linux/slab.h>

#include "fvd-fetch.h"
#include "fvd-image.h"
#include "fvd-prefetch.h"
#include "fvd-tracepoint.h"

/*
 * How long until it is looked again, where no event tells. Memory and held
 * blocks come back within milliseconds mostly; space and bases within seconds,
 * and a round over the bitmap of a large disk takes a millisecond.
 */
#define SOON_MS		100U
#define LATER_MS	1000U

/* One window. */
struct slot {
	struct fvd_ahead ahead;
	struct fvd_image *image;
	struct list_head list;
};

static const char * const wait_names[] = {
	[FVD_PREFETCH_GOES_ON] = "none",
	[FVD_PREFETCH_WAITS_HELD] = "held",
	[FVD_PREFETCH_WAITS_COMMIT] = "commit",
	[FVD_PREFETCH_WAITS_MEMORY] = "memory",
	[FVD_PREFETCH_WAITS_SPACE] = "space",
	[FVD_PREFETCH_WAITS_ERROR] = "error",
	[FVD_PREFETCH_WAITS_READ_ONLY] = "read_only",
};

const char *fvd_prefetch_wait_name(enum fvd_prefetch_wait wait)
{
	return wait_names[wait];
}

static void run_after(struct fvd_image *image, u32 ms)
{
	if (READ_ONCE(image->prefetch.active)) /* I-PRE-3 */
		mod_delayed_work(image->io_wq, &image->prefetch.work,
				 msecs_to_jiffies(ms));
}

void fvd_prefetch_note_commit(struct fvd_image *image)
{
	if (READ_ONCE(image->prefetch.wait) == FVD_PREFETCH_WAITS_COMMIT)
		run_after(image, 0);
}

/* Windows are of whole blocks and never larger than one operation. */
static u32 window_bytes(const struct fvd_image *image)
{
	u32 bytes = READ_ONCE(image->settings.prefetch_slot_bytes);

	return clamp(bytes, 1U << image->map.geo.block_shift,
		     FVD_OPERATION_MAX_SECTORS << FVD_SECTOR_SHIFT);
}

static void free_slot(struct slot *slot)
{
	if (!slot)
		return;
	fvd_ahead_exit(&slot->ahead);
	kfree(slot);
}

/* A fetch is over. Any context. */
static void slot_done(struct fvd_ahead *ahead, blk_status_t read, bool stored)
{
	struct slot *slot = container_of(ahead, struct slot, ahead);
	struct fvd_image *image = slot->image;
	struct fvd_prefetch *prefetch = &image->prefetch;
	unsigned long flags;

	if (read)
		atomic64_inc(&image->count.prefetch_errors);
	spin_lock_irqsave(&image->lock, flags);
	if (!stored)
		prefetch->nr_failed++;
	prefetch->nr_busy--;
	list_add(&slot->list, &prefetch->idle_slots);
	spin_unlock_irqrestore(&image->lock, flags);
	run_after(image, 0);
}

static struct slot *alloc_slot(struct fvd_image *image)
{
	struct slot *slot;

	slot = kzalloc(sizeof(*slot), GFP_NOIO | __GFP_NORETRY | __GFP_NOWARN);
	if (!slot)
		return NULL;
	slot->image = image;
	slot->ahead.done = slot_done;
	if (fvd_ahead_init(&slot->ahead, image, window_bytes(image))) {
		kfree(slot);
		return NULL;
	}
	return slot;
}

static void put_back(struct fvd_image *image, struct slot *slot)
{
	spin_lock_irq(&image->lock);
	image->prefetch.nr_busy--;
	list_add(&slot->list, &image->prefetch.idle_slots);
	spin_unlock_irq(&image->lock);
}

/* May one more be under way? Then it counts as such from now on. */
static bool claim(struct fvd_image *image, struct slot **slot)
{
	struct fvd_prefetch *prefetch = &image->prefetch;
	bool ok;

	spin_lock_irq(&image->lock);
	ok = prefetch->active && prefetch->state == FVD_PREFETCH_RUNNING &&
		prefetch->nr_busy < READ_ONCE(image->settings.prefetch_slots);
	*slot = NULL;
	if (ok) {
		prefetch->nr_busy++;
		*slot = list_first_entry_or_null(&prefetch->idle_slots,
						 struct slot, list);
		if (*slot)
			list_del(&(*slot)->list);
	}
	spin_unlock_irq(&image->lock);
	return ok;
}

static void unclaim(struct fvd_image *image)
{
	spin_lock_irq(&image->lock);
	image->prefetch.nr_busy--;
	spin_unlock_irq(&image->lock);
}

static void wait_for(struct fvd_image *image, enum fvd_prefetch_wait wait,
		     u32 ms)
{
	struct fvd_prefetch *prefetch = &image->prefetch;

	bool changed = prefetch->wait != wait;

	if (wait == FVD_PREFETCH_WAITS_SPACE && changed)
		fvd_image_event(image);
	WRITE_ONCE(prefetch->wait, wait);
	if (changed)
		trace_fvd_prefetch(image);
	run_after(image, ms);
}

/* A window that may be used, or NULL. */
static struct slot *get_slot(struct fvd_image *image)
{
	struct slot *slot;

	if (!claim(image, &slot)) {
		WRITE_ONCE(image->prefetch.wait, FVD_PREFETCH_GOES_ON);
		return NULL;
	}
	if (slot && slot->ahead.window_bytes != window_bytes(image)) {
		free_slot(slot);
		slot = NULL;
	}
	if (!slot)
		slot = alloc_slot(image);
	if (!slot) {
		unclaim(image);
		if (!READ_ONCE(image->prefetch.nr_busy))
			wait_for(image, FVD_PREFETCH_WAITS_MEMORY, SOON_MS);
	}
	return slot;
}

/*
 * I-PRE-4: may the block's chunk get storage? If there is enough for all of
 * the disk, the guest will never miss it. Otherwise prefetch does not make
 * space low; and if the user wants no warning of that, it leaves a part that a
 * guest can go on with for a while. Those under way may each be about to take
 * one. No lock: an approximation, made anew each time.
 */
static bool has_space(const struct fvd_image *image, u64 block)
{
	const struct fvd_alloc *alloc = &image->alloc;
	const struct fvd_map *map = &image->map;
	u64 nr_free, nr_stored, reserve;

	if (!map->table ||
	    fvd_map_entry(map, fvd_map_chunk_of_block(map, block)) <
	    FVD_ENTRY_LIMIT)
		return true;
	nr_free = fvd_alloc_nr_free(alloc);
	nr_stored = READ_ONCE(alloc->nr_used) - fvd_alloc_nr_coming(alloc);
	if (nr_free >= map->geo.nr_chunks - min(nr_stored, map->geo.nr_chunks))
		return true;
	reserve = max(fvd_image_low_space_limit(image),
		      alloc->capacity / 64 + 1);
	return nr_free > reserve + READ_ONCE(image->prefetch.nr_busy);
}

/* The first block at or behind @at that is only in the base; or the end. */
static u64 next_missing(struct fvd_image *image, u64 at)
{
	const struct fvd_map *map = &image->map;
	u64 end = map->geo.nr_base_blocks, first;

	for (;;) {
		at = fvd_bitmap_find(map->bitmap, at, end, false);
		if (at == end)
			return end;
		if (!has_space(image, at))
			image->prefetch.found_no_space = true;
		else if (!fvd_map_hides_base(map, at))
			return at;
		at = fvd_map_chunk_blocks(map, fvd_map_chunk_of_block(map, at),
					  &first);
		at = min(at, end);
	}
}

static void begin_round(struct fvd_image *image)
{
	struct fvd_prefetch *prefetch = &image->prefetch;

	spin_lock_irq(&image->lock);
	prefetch->cursor_block = 0;
	prefetch->nr_failed = 0;
	prefetch->found_held = false;
	prefetch->found_no_space = false;
	spin_unlock_irq(&image->lock);
}

/* Nothing more was found in this round. */
static void end_round(struct fvd_image *image)
{
	struct fvd_prefetch *prefetch = &image->prefetch;

	/* One of those under way will call again, and tell how it went. */
	if (READ_ONCE(prefetch->nr_busy)) {
		WRITE_ONCE(prefetch->wait, FVD_PREFETCH_GOES_ON);
		return;
	}
	if (prefetch->nr_failed)
		wait_for(image, FVD_PREFETCH_WAITS_ERROR, LATER_MS);
	else if (prefetch->found_held)
		wait_for(image, FVD_PREFETCH_WAITS_HELD, SOON_MS);
	else if (prefetch->found_no_space)
		wait_for(image, FVD_PREFETCH_WAITS_SPACE, LATER_MS);
	else
		wait_for(image, FVD_PREFETCH_GOES_ON, 0);
	begin_round(image);
}

/* Start a fetch of what comes next. Returns: whether one was started. */
static bool fetch_next(struct fvd_image *image, struct slot *slot)
{
	struct fvd_prefetch *prefetch = &image->prefetch;
	u64 end = image->map.geo.nr_base_blocks;
	enum fvd_ahead_verdict verdict;
	u64 at = prefetch->cursor_block;

	while (!READ_ONCE(image->complete)) {
		at = next_missing(image, at);
		if (at == end)
			break;
		verdict = fvd_ahead_begin(&slot->ahead, image->base_bdev, at,
					  end, &prefetch->cursor_block);
		if (verdict == FVD_AHEAD_STARTED) {
			WRITE_ONCE(prefetch->wait, FVD_PREFETCH_GOES_ON);
			return true;
		}
		if (verdict == FVD_AHEAD_NO_ROOM) {
			prefetch->cursor_block = at;
			put_back(image, slot);
			wait_for(image, FVD_PREFETCH_WAITS_COMMIT, SOON_MS);
			return false;
		}
		if (verdict == FVD_AHEAD_HELD)
			prefetch->found_held = true;
		at = prefetch->cursor_block;
		cond_resched();
	}
	prefetch->cursor_block = end;
	put_back(image, slot);
	end_round(image);
	return false;
}

/* What the work finds on its way; the state it goes on with is returned. */
static enum fvd_prefetch_state update_state(struct fvd_image *image)
{
	struct fvd_prefetch *prefetch = &image->prefetch;
	enum fvd_prefetch_state state, before;

	spin_lock_irq(&image->lock);
	state = prefetch->state;
	before = state;
	if (state == FVD_PREFETCH_DELAYED &&
	    time_after_eq(jiffies, prefetch->start_jiffies))
		state = FVD_PREFETCH_RUNNING;
	if (state == FVD_PREFETCH_RUNNING && image->complete) /* I-PRE-2 */
		state = FVD_PREFETCH_COMPLETE;
	WRITE_ONCE(prefetch->state, state);
	spin_unlock_irq(&image->lock);
	if (state != before)
		trace_fvd_prefetch(image);
	return state;
}

static void free_idle_slots(struct fvd_image *image)
{
	struct slot *slot;

	do {
		spin_lock_irq(&image->lock);
		slot = list_first_entry_or_null(&image->prefetch.idle_slots,
						struct slot, list);
		if (slot)
			list_del(&slot->list);
		spin_unlock_irq(&image->lock);
		free_slot(slot);
	} while (slot);
}

static void prefetch_work(struct work_struct *work)
{
	struct fvd_image *image = container_of(work, struct fvd_image,
					       prefetch.work.work);
	struct fvd_prefetch *prefetch = &image->prefetch;
	struct slot *slot;

	if (!READ_ONCE(prefetch->active))
		return;
	switch (update_state(image)) {
	case FVD_PREFETCH_RUNNING:
		break;
	case FVD_PREFETCH_DELAYED:
		if (time_before(jiffies, prefetch->start_jiffies))
			queue_delayed_work(image->io_wq, &prefetch->work,
					   prefetch->start_jiffies - jiffies);
		return;
	case FVD_PREFETCH_PAUSED:
		return;
	default:
		free_idle_slots(image);
		return;
	}
	if (!fvd_image_writable(image)) {
		WRITE_ONCE(prefetch->wait, FVD_PREFETCH_WAITS_READ_ONLY);
		return;
	}
	do
		slot = get_slot(image);
	while (slot && fetch_next(image, slot));
}

void fvd_prefetch_start(struct fvd_image *image, u32 delay_s)
{
	struct fvd_prefetch *prefetch = &image->prefetch;

	begin_round(image);
	spin_lock_irq(&image->lock);
	prefetch->start_jiffies = jiffies + (u64)delay_s * HZ;
	WRITE_ONCE(prefetch->state, FVD_PREFETCH_DELAYED);
	spin_unlock_irq(&image->lock);
	trace_fvd_prefetch(image);
	run_after(image, delay_s * MSEC_PER_SEC);
}

int fvd_prefetch_pause(struct fvd_image *image)
{
	struct fvd_prefetch *prefetch = &image->prefetch;
	int r = -EINVAL;

	spin_lock_irq(&image->lock);
	if (prefetch->state == FVD_PREFETCH_RUNNING ||
	    prefetch->state == FVD_PREFETCH_DELAYED) {
		WRITE_ONCE(prefetch->state, FVD_PREFETCH_PAUSED);
		r = 0;
	}
	spin_unlock_irq(&image->lock);
	if (!r)
		trace_fvd_prefetch(image);
	return r;
}

int fvd_prefetch_resume(struct fvd_image *image)
{
	struct fvd_prefetch *prefetch = &image->prefetch;
	int r = -EINVAL;

	spin_lock_irq(&image->lock);
	if (prefetch->state == FVD_PREFETCH_PAUSED) {
		WRITE_ONCE(prefetch->state, FVD_PREFETCH_RUNNING);
		r = 0;
	}
	spin_unlock_irq(&image->lock);
	if (r)
		return r;
	trace_fvd_prefetch(image);
	run_after(image, 0);
	return r;
}

void fvd_prefetch_stop(struct fvd_image *image)
{
	spin_lock_irq(&image->lock);
	WRITE_ONCE(image->prefetch.state, FVD_PREFETCH_OFF);
	WRITE_ONCE(image->prefetch.wait, FVD_PREFETCH_GOES_ON);
	spin_unlock_irq(&image->lock);
	trace_fvd_prefetch(image);
	run_after(image, 0); /* frees the windows */
}

void fvd_prefetch_activate(struct fvd_image *image)
{
	struct fvd_prefetch *prefetch = &image->prefetch;
	u32 delay_s = READ_ONCE(image->settings.prefetch_start_delay_s);

	WRITE_ONCE(prefetch->active, true);
	if (delay_s == FVD_PREFETCH_NEVER_S)
		fvd_prefetch_stop(image);
	else if (prefetch->state == FVD_PREFETCH_OFF ||
		 prefetch->state == FVD_PREFETCH_DELAYED)
		fvd_prefetch_start(image, delay_s);
	else
		run_after(image, 0);
}

enum fvd_prefetch_state fvd_prefetch_state(const struct fvd_image *image)
{
	const struct fvd_prefetch *prefetch = &image->prefetch;
	enum fvd_prefetch_state state = READ_ONCE(prefetch->state);

	switch (state) {
	case FVD_PREFETCH_DELAYED:
	case FVD_PREFETCH_RUNNING:
		if (!READ_ONCE(prefetch->active))
			return FVD_PREFETCH_SUSPENDED;
		if (READ_ONCE(prefetch->wait) == FVD_PREFETCH_WAITS_ERROR)
			return FVD_PREFETCH_RETRYING;
		return state;
	default:
		return state;
	}
}

void fvd_prefetch_deactivate(struct fvd_image *image)
{
	struct fvd_prefetch *prefetch = &image->prefetch;

	spin_lock_irq(&image->lock);
	WRITE_ONCE(prefetch->active, false);
	spin_unlock_irq(&image->lock);
	cancel_delayed_work_sync(&prefetch->work);
}

void fvd_prefetch_init(struct fvd_image *image)
{
	INIT_DELAYED_WORK(&image->prefetch.work, prefetch_work);
	INIT_LIST_HEAD(&image->prefetch.idle_slots);
}

void fvd_prefetch_exit(struct fvd_image *image)
{
	free_idle_slots(image);
}
