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
 * Left out on purpose: commits. What is fetched is a soft change, which a crash
 * may forget.
 */
#include <linux/slab.h>

#include "fvd-fetch.h"
#include "fvd-image.h"
#include "fvd-prefetch.h"
#include "fvd-observe.h"
#include "fvd-tracepoint.h"

/*
 * How long until it is looked again, where no event tells. Memory and held
 * blocks come back within milliseconds mostly; space and bases within seconds,
 * and a round over the bitmap of a large disk takes a millisecond.
 */
#define SOON_MS		100U
#define LATER_MS	1000U

/**
 * struct slot - one window.
 * @ahead: its fetch
 * @image: whose
 * @list: in idle_slots, or in none
 * @granted_bytes: by the throttle, for the fetch under way
 * @began_ns: when the read of the base, or the write to the image, began
 * @read: how the read of the base ended
 * @writing: the write to the image has begun
 */
struct slot {
	struct fvd_ahead ahead;
	struct fvd_image *image;
	struct list_head list;
	u32 granted_bytes;
	u64 began_ns;
	blk_status_t read;
	bool writing;
};

static struct slot *to_slot(struct fvd_ahead *ahead)
{
	return container_of(ahead, struct slot, ahead);
}

static const char * const wait_names[] = {
	[FVD_PREFETCH_GOES_ON] = "none",
	[FVD_PREFETCH_WAITS_HELD] = "held",
	[FVD_PREFETCH_WAITS_COMMIT] = "commit",
	[FVD_PREFETCH_WAITS_MEMORY] = "memory",
	[FVD_PREFETCH_WAITS_SPACE] = "space",
	[FVD_PREFETCH_WAITS_THROTTLE] = "throttle",
	[FVD_PREFETCH_WAITS_BASE] = "base",
	[FVD_PREFETCH_WAITS_STORE] = "store",
	[FVD_PREFETCH_GIVEN_UP] = "given_up",
	[FVD_PREFETCH_WAITS_READ_ONLY] = "read_only",
};

const char *fvd_prefetch_wait_name(enum fvd_prefetch_wait wait)
{
	return wait_names[wait];
}

static void run_after_jiffies(struct fvd_image *image, unsigned long delay)
{
	if (READ_ONCE(image->prefetch.active)) /* I-PRE-3 */
		mod_delayed_work(image->io_wq, &image->prefetch.work, delay);
}

static void run_after(struct fvd_image *image, u32 ms)
{
	run_after_jiffies(image, msecs_to_jiffies(ms));
}

void fvd_prefetch_note(struct fvd_image *image)
{
	run_after(image, 0);
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

static void slot_read_begins(struct fvd_ahead *ahead)
{
	struct slot *slot = to_slot(ahead);
	struct fvd_throttle *throttle = &slot->image->prefetch.throttle;
	u32 need_bytes = ahead->nr_sectors << FVD_SECTOR_SHIFT;
	unsigned long flags;

	slot->began_ns = ktime_get_ns();
	slot->writing = false;
	spin_lock_irqsave(&slot->image->lock, flags);
	/* A block is fetched whole, also if that is more than was granted. */
	if (need_bytes < slot->granted_bytes) {
		fvd_throttle_cut(throttle, slot->granted_bytes - need_bytes);
		slot->granted_bytes = need_bytes;
	}
	fvd_throttle_read_begins(throttle, slot->began_ns);
	spin_unlock_irqrestore(&slot->image->lock, flags);
}

static void slot_read_ended(struct fvd_ahead *ahead, blk_status_t status)
{
	struct slot *slot = to_slot(ahead);
	u32 nr_bytes = status ? 0 : ahead->nr_sectors << FVD_SECTOR_SHIFT;
	u64 now = ktime_get_ns();
	unsigned long flags;

	slot->read = status;
	if (status)
		atomic64_inc(&slot->image->count.prefetch_errors);
	spin_lock_irqsave(&slot->image->lock, flags);
	fvd_throttle_read_ended(&slot->image->prefetch.throttle, nr_bytes,
				now - slot->began_ns, now);
	spin_unlock_irqrestore(&slot->image->lock, flags);
}

static blk_opf_t slot_write_begins(struct fvd_ahead *ahead)
{
	struct slot *slot = to_slot(ahead);
	struct fvd_image *image = slot->image;
	struct fvd_throttle *throttle = &image->prefetch.throttle;
	u64 nr_flushes = atomic64_read(&image->count.flushes);
	unsigned long flags;
	bool past_cache;

	slot->began_ns = ktime_get_ns();
	slot->writing = true;
	spin_lock_irqsave(&image->lock, flags);
	fvd_throttle_write_begins(throttle, slot->began_ns);
	past_cache = fvd_throttle_wants_past_cache(throttle, nr_flushes,
						   slot->began_ns);
	spin_unlock_irqrestore(&image->lock, flags);
	/* Without FUA of its own a device would be sent a flush for each. */
	return past_cache && bdev_fua(image->data_bdev) ? REQ_FUA : 0;
}

/* Lock held. */
static void tell_throttle_end(struct slot *slot, bool stored)
{
	struct fvd_throttle *throttle = &slot->image->prefetch.throttle;
	u32 nr_bytes = slot->ahead.nr_sectors << FVD_SECTOR_SHIFT;
	u64 now = ktime_get_ns();

	if (slot->writing)
		fvd_throttle_write_ended(throttle, stored ? nr_bytes : 0,
					 now - slot->began_ns, now);
	else
		fvd_throttle_unwritten(throttle, slot->granted_bytes);
	fvd_throttle_end(throttle, slot->granted_bytes, now);
}

/* A fetch is over. Any context. */
static void slot_done(struct fvd_ahead *ahead, bool stored)
{
	struct slot *slot = to_slot(ahead);
	struct fvd_image *image = slot->image;
	struct fvd_prefetch *prefetch = &image->prefetch;
	unsigned long flags;

	spin_lock_irqsave(&image->lock, flags);
	tell_throttle_end(slot, stored);
	if (!stored && !slot->read)
		prefetch->found_unstorable = true;
	prefetch->nr_busy--;
	list_add(&slot->list, &prefetch->idle_slots);
	spin_unlock_irqrestore(&image->lock, flags);
	run_after(image, 0);
}

static const struct fvd_ahead_ops slot_ops = {
	.read_begins = slot_read_begins,
	.read_ended = slot_read_ended,
	.write_begins = slot_write_begins,
	.done = slot_done,
};

static struct slot *alloc_slot(struct fvd_image *image)
{
	struct slot *slot;

	slot = kzalloc(sizeof(*slot), GFP_NOIO | __GFP_NORETRY | __GFP_NOWARN);
	if (!slot)
		return NULL;
	slot->image = image;
	slot->ahead.ops = &slot_ops;
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

/* The first block of [@at, @end) that is only in the base; or @end. */
static u64 next_missing(struct fvd_image *image, u64 at, u64 end)
{
	const struct fvd_map *map = &image->map;
	u64 first;

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
	prefetch->found_failing = false;
	prefetch->found_unstorable = false;
	prefetch->found_held = false;
	prefetch->found_no_space = false;
	spin_unlock_irq(&image->lock);
}

/* Everything that is left is in failing ranges: until the first may be tried. */
static void wait_for_ranges(struct fvd_image *image)
{
	u64 next, now = ktime_get_ns();

	spin_lock_irq(&image->lock);
	next = fvd_retry_next_ns(&image->base.retry);
	spin_unlock_irq(&image->lock);
	if (next == FVD_RETRY_NEVER_NS) {
		WRITE_ONCE(image->prefetch.wait, FVD_PREFETCH_GIVEN_UP);
		return;
	}
	next -= min(next, now);
	wait_for(image, FVD_PREFETCH_WAITS_BASE,
		 min_t(u64, div_u64(next, NSEC_PER_MSEC) + 1, LATER_MS));
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
	if (prefetch->found_unstorable)
		wait_for(image, FVD_PREFETCH_WAITS_STORE, LATER_MS);
	else if (prefetch->found_held)
		wait_for(image, FVD_PREFETCH_WAITS_HELD, SOON_MS);
	else if (prefetch->found_no_space)
		wait_for(image, FVD_PREFETCH_WAITS_SPACE, LATER_MS);
	else if (prefetch->found_failing)
		wait_for_ranges(image);
	else
		wait_for(image, FVD_PREFETCH_GOES_ON, 0);
	begin_round(image);
}

enum found {
	FOUND_STARTED,		/* a fetch */
	FOUND_NOTHING,		/* here; look behind */
	FOUND_WAIT,		/* wait_for() was called */
};

/*
 * How many sectors from block @at on may be tried now: of what failed, halves.
 * Lock held. Returns: 0 if none; then *@next is where to look.
 */
static u64 usable_sectors(struct fvd_image *image, struct slot *slot, u64 at,
			  u64 *next)
{
	const struct fvd_map *map = &image->map;
	u64 sector = fvd_map_block_sector(map, at);
	u64 block_sectors = fvd_map_block_sector(map, 1);
	u64 now = ktime_get_ns(), nr_sectors;

	nr_sectors = fvd_retry_usable_sectors(&image->base.retry, sector,
					      slot->ahead.window_bytes >>
					      FVD_SECTOR_SHIFT, now);
	if (nr_sectors)
		return max(nr_sectors, block_sectors);
	image->prefetch.found_failing = true;
	sector = fvd_retry_skip(&image->base.retry, sector, now);
	*next = clamp(fvd_map_block(map, sector), at + 1,
		      map->geo.nr_base_blocks);
	return 0;
}

/* Nothing of what was granted is needed. Lock held. */
static void give_back(struct fvd_image *image, struct slot *slot)
{
	struct fvd_throttle *throttle = &image->prefetch.throttle;

	fvd_throttle_cut(throttle, slot->granted_bytes);
	fvd_throttle_end(throttle, 0, ktime_get_ns());
}

static void wait_for_throttle(struct fvd_image *image, u64 wait_ns)
{
	WRITE_ONCE(image->prefetch.wait, FVD_PREFETCH_WAITS_THROTTLE);
	/* A time that comes in between is looked at again. */
	if (wait_ns != FVD_THROTTLE_WAIT_FOR_END)
		run_after_jiffies(image, nsecs_to_jiffies(wait_ns) + 1);
	else if (!READ_ONCE(image->prefetch.nr_busy))
		run_after(image, SOON_MS);
}

/* Start a fetch at block @at, if that may be; @is_piece: of the profile. */
static enum found fetch_at(struct fvd_image *image, struct slot *slot, u64 at,
			   u64 end, bool is_piece, u64 *next)
{
	struct fvd_throttle *throttle = &image->prefetch.throttle;
	const struct fvd_map *map = &image->map;
	enum fvd_ahead_verdict verdict;
	u64 nr_sectors, wait_ns = 0, limit;

	spin_lock_irq(&image->lock);
	fvd_throttle_set_ahead(throttle, is_piece, ktime_get_ns());
	nr_sectors = usable_sectors(image, slot, at, next);
	if (nr_sectors)
		slot->granted_bytes =
			fvd_throttle_ask(throttle,
					 nr_sectors << FVD_SECTOR_SHIFT,
					 ktime_get_ns(), &wait_ns);
	spin_unlock_irq(&image->lock);
	if (!nr_sectors)
		return FOUND_NOTHING;
	if (!slot->granted_bytes) {
		wait_for_throttle(image, wait_ns);
		return FOUND_WAIT;
	}
	limit = at + max(1, slot->granted_bytes >> map->geo.block_shift);
	verdict = fvd_ahead_begin(&slot->ahead, image->base_bdev, at,
				  min(limit, end), next);
	if (verdict == FVD_AHEAD_STARTED)
		return FOUND_STARTED;
	spin_lock_irq(&image->lock);
	give_back(image, slot);
	spin_unlock_irq(&image->lock);
	if (verdict == FVD_AHEAD_NO_ROOM) {
		wait_for(image, FVD_PREFETCH_WAITS_COMMIT, SOON_MS);
		return FOUND_WAIT;
	}
	if (verdict == FVD_AHEAD_HELD)
		image->prefetch.found_held = true;
	return FOUND_NOTHING;
}

static bool profile_is_left(const struct fvd_image *image)
{
	return image->prefetch.piece_block < image->prefetch.piece_end ||
		fvd_profiling_is_left(image);
}

/* Is there a piece of the profile to be fetched first? It is in prefetch. */
static bool have_piece(struct fvd_image *image)
{
	struct fvd_prefetch *prefetch = &image->prefetch;

	return prefetch->piece_block < prefetch->piece_end ||
		fvd_profiling_next(image, &prefetch->piece_block,
				   &prefetch->piece_end);
}

/* The profile is fetched. Returns: whether to go on with all the rest now. */
static bool begin_sweep(struct fvd_image *image)
{
	struct fvd_prefetch *prefetch = &image->prefetch;
	enum fvd_prefetch_state state;

	spin_lock_irq(&image->lock);
	state = prefetch->state;
	if (state == FVD_PREFETCH_RUNNING && !prefetch->sweep_wanted) {
		state = FVD_PREFETCH_OFF;
	} else if (state == FVD_PREFETCH_RUNNING &&
		   time_before(jiffies, prefetch->sweep_jiffies)) {
		state = FVD_PREFETCH_DELAYED;
		prefetch->start_jiffies = prefetch->sweep_jiffies;
	}
	WRITE_ONCE(prefetch->state, state);
	spin_unlock_irq(&image->lock);
	if (state == FVD_PREFETCH_RUNNING)
		return true;
	fvd_observe_update(image);
	run_after(image, 0);
	return false;
}

/* Start a fetch of what comes next. Returns: whether one was started. */
static bool fetch_next(struct fvd_image *image, struct slot *slot)
{
	struct fvd_prefetch *prefetch = &image->prefetch;
	u64 at, next, end, *cursor;
	enum found found;
	bool piece;

	while (!READ_ONCE(image->complete)) {
		piece = have_piece(image);
		if (!piece && !begin_sweep(image)) {
			put_back(image, slot);
			return false;
		}
		cursor = piece ? &prefetch->piece_block :
				 &prefetch->cursor_block;
		end = piece ? prefetch->piece_end :
			      image->map.geo.nr_base_blocks;
		at = next_missing(image, *cursor, end);
		*cursor = at;
		if (at == end && piece)
			continue;
		if (at == end)
			break;
		found = fetch_at(image, slot, at, end, piece, &next);
		if (found == FOUND_WAIT) {
			put_back(image, slot);
			return false;
		}
		*cursor = next;
		if (found == FOUND_STARTED) {
			WRITE_ONCE(prefetch->wait, FVD_PREFETCH_GOES_ON);
			return true;
		}
		cond_resched();
	}
	put_back(image, slot);
	end_round(image);
	return false;
}

/*
 * Is the base away? Then one fetch at a time asks whether it is back.
 * Returns: whether to start one now.
 */
static bool base_is_there(struct fvd_image *image)
{
	struct fvd_retry *retry = &image->base.retry;
	bool away, busy;
	u64 wait_ns;

	spin_lock_irq(&image->lock);
	away = fvd_retry_is_away(retry);
	wait_ns = fvd_retry_away_ns(retry, ktime_get_ns());
	busy = image->prefetch.nr_busy;
	spin_unlock_irq(&image->lock);
	if (!away)
		return true;
	WRITE_ONCE(image->prefetch.wait, FVD_PREFETCH_WAITS_BASE);
	if (busy)
		return false; /* its end runs the work */
	if (wait_ns)
		run_after_jiffies(image, nsecs_to_jiffies(wait_ns) + 1);
	return !wait_ns;
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
	if (state == FVD_PREFETCH_RUNNING && image->complete) { /* I-PRE-2 */
		state = FVD_PREFETCH_COMPLETE;
		WRITE_ONCE(prefetch->wait, FVD_PREFETCH_GOES_ON);
	}
	WRITE_ONCE(prefetch->state, state);
	spin_unlock_irq(&image->lock);
	if (state != before) {
		fvd_observe_update(image);
		trace_fvd_prefetch(image);
	}
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

bool fvd_prefetch_wants_times(const struct fvd_image *image)
{
	const struct fvd_prefetch *prefetch = &image->prefetch;
	enum fvd_prefetch_state state = READ_ONCE(prefetch->state);

	return READ_ONCE(prefetch->active) &&
		(state == FVD_PREFETCH_DELAYED ||
		 state == FVD_PREFETCH_RUNNING);
}

bool fvd_prefetch_wants_hits(const struct fvd_image *image)
{
	return READ_ONCE(image->prefetch.active) &&
		fvd_profiling_counts_hits(image);
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
		slot = base_is_there(image) ? get_slot(image) : NULL;
	while (slot && fetch_next(image, slot));
}

static unsigned long delay_jiffies(struct fvd_prefetch *prefetch, u32 delay_s)
{
	return nsecs_to_jiffies(fvd_throttle_start_delay_ns(&prefetch->throttle,
							    delay_s));
}

/* Either may be FVD_PREFETCH_NEVER_S, not both. */
static void schedule_start(struct fvd_image *image, u32 profile_delay_s,
			   u32 sweep_delay_s)
{
	struct fvd_prefetch *prefetch = &image->prefetch;
	unsigned long delay = ULONG_MAX, profile;

	begin_round(image);
	spin_lock_irq(&image->lock);
	prefetch->sweep_wanted = sweep_delay_s != FVD_PREFETCH_NEVER_S;
	if (prefetch->sweep_wanted) {
		delay = delay_jiffies(prefetch, sweep_delay_s);
		prefetch->sweep_jiffies = jiffies + delay;
	}
	if (profile_delay_s != FVD_PREFETCH_NEVER_S) {
		profile = delay_jiffies(prefetch, profile_delay_s);
		delay = min(delay, profile);
		fvd_profiling_expect(image, delay);
	}
	prefetch->start_jiffies = jiffies + delay;
	WRITE_ONCE(prefetch->state, FVD_PREFETCH_DELAYED);
	spin_unlock_irq(&image->lock);
	fvd_observe_update(image);
	trace_fvd_prefetch(image);
	run_after_jiffies(image, delay);
}

void fvd_prefetch_start(struct fvd_image *image)
{
	schedule_start(image, 0, 0);
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
	fvd_observe_update(image);
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
	fvd_observe_update(image);
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
	fvd_observe_update(image);
	trace_fvd_prefetch(image);
	run_after(image, 0); /* frees the windows */
}

void fvd_prefetch_activate(struct fvd_image *image)
{
	struct fvd_prefetch *prefetch = &image->prefetch;
	const struct fvd_settings *settings = &image->settings;
	u32 sweep_delay_s = READ_ONCE(settings->prefetch_start_delay_s);
	u32 profile_delay_s = READ_ONCE(settings->profile_start_delay_s);

	if (!profile_is_left(image))
		profile_delay_s = FVD_PREFETCH_NEVER_S;
	spin_lock_irq(&image->lock);
	image->profiling.hits_until_jiffies = jiffies;
	fvd_throttle_init(&prefetch->throttle, settings, fvd_image_jitter_seed(),
			  ktime_get_ns());
	WRITE_ONCE(prefetch->active, true);
	if (sweep_delay_s == FVD_PREFETCH_NEVER_S)
		prefetch->sweep_wanted = false;
	spin_unlock_irq(&image->lock);
	if (sweep_delay_s == FVD_PREFETCH_NEVER_S &&
	    profile_delay_s == FVD_PREFETCH_NEVER_S)
		fvd_prefetch_stop(image);
	else if (prefetch->state == FVD_PREFETCH_OFF ||
		 prefetch->state == FVD_PREFETCH_DELAYED)
		schedule_start(image, profile_delay_s, sweep_delay_s);
	else
		run_after(image, 0);
	fvd_observe_update(image);
}

void fvd_prefetch_guest(struct fvd_image *image, enum fvd_guest_class class,
			u64 began_ns)
{
	struct fvd_prefetch *prefetch = &image->prefetch;
	enum fvd_prefetch_state state = READ_ONCE(prefetch->state);
	unsigned long flags;
	u64 now;

	if (!began_ns || (state != FVD_PREFETCH_RUNNING &&
			  state != FVD_PREFETCH_DELAYED))
		return;
	now = ktime_get_ns();
	spin_lock_irqsave(&image->lock, flags);
	fvd_throttle_guest(&prefetch->throttle, class, now - began_ns, now);
	spin_unlock_irqrestore(&image->lock, flags);
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
		if (READ_ONCE(prefetch->wait) == FVD_PREFETCH_WAITS_BASE ||
		    READ_ONCE(prefetch->wait) == FVD_PREFETCH_WAITS_STORE)
			return FVD_PREFETCH_RETRYING;
		if (READ_ONCE(prefetch->wait) == FVD_PREFETCH_GIVEN_UP)
			return FVD_PREFETCH_GAVE_UP;
		if (state == FVD_PREFETCH_RUNNING && profile_is_left(image))
			return FVD_PREFETCH_PROFILE;
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
	fvd_observe_update(image);
}

void fvd_prefetch_init(struct fvd_image *image)
{
	INIT_DELAYED_WORK(&image->prefetch.work, prefetch_work);
	INIT_LIST_HEAD(&image->prefetch.idle_slots);
	/* A status may ask for it before the first activation, too. */
	fvd_throttle_init(&image->prefetch.throttle, &image->settings,
			  fvd_image_jitter_seed(), ktime_get_ns());
}

void fvd_prefetch_exit(struct fvd_image *image)
{
	free_idle_slots(image);
}
