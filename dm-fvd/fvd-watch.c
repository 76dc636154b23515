// SPDX-License-Identifier: GPL-2.0-only
/*
 * Watching bios.
 *
 * Invariants:
 *   I-WCH-1  A bio that is watched is in the list until fvd_watch_end(), which
 *            it meets exactly once, in fvd_io_end().
 *   I-WCH-2  A bio that is mapped at once costs no instruction for this, but
 *            the no-op of a static key; a first write of whole blocks no look
 *            at a clock, and no lock.
 *
 * Locking: watch->lock for the list. The rest of a struct fvd_watch_io is
 * written by whoever has the bio in hand and read by the curious, who may see a
 * stage with the time of the one before.
 * Left out on purpose: the latencies of bios that go to the image at once. They
 * are those of the device below, and whoever wants them switches the key on.
 */
#include <linux/log2.h>
#include <linux/math64.h>

#include "fvd-image.h"
#include "fvd-observe.h"
#include "fvd-tracepoint.h"

DEFINE_STATIC_KEY_FALSE(fvd_watch_key);

const char *const fvd_watch_op_names[FVD_NR_WATCH_OPS] = {
	[FVD_WATCH_READ] = "read",
	[FVD_WATCH_WRITE] = "write",
	[FVD_WATCH_FLUSH] = "flush",
	[FVD_WATCH_DISCARD] = "discard",
	[FVD_WATCH_ZEROES] = "zeroes",
};

const char *const fvd_stage_names[FVD_NR_STAGES] = {
	[FVD_STAGE_MAPPED] = "mapped",
	[FVD_STAGE_WAITS_HELD] = "waits_held",
	[FVD_STAGE_WAITS_ROOM] = "waits_room",
	[FVD_STAGE_WAITS_COMMIT] = "waits_commit",
	[FVD_STAGE_FETCH] = "fetch",
	[FVD_STAGE_FILL] = "fill",
	[FVD_STAGE_ZERO] = "zero",
	[FVD_STAGE_STORE] = "store",
	[FVD_STAGE_IMAGE] = "image",
	[FVD_STAGE_BASE] = "base",
	[FVD_STAGE_WAITS_BASE] = "waits_base",
	[FVD_STAGE_PIECES] = "pieces",
};

const char *const fvd_path_names[FVD_NR_PATHS] = {
	[FVD_PATH_NONE] = "none",
	[FVD_PATH_IMAGE] = "image",
	[FVD_PATH_BASE] = "base",
	[FVD_PATH_FETCH] = "fetch",
	[FVD_PATH_STORE] = "store",
	[FVD_PATH_FILL] = "fill",
	[FVD_PATH_COMMIT] = "commit",
};

static const u8 path_of_stage[FVD_NR_STAGES] = {
	[FVD_STAGE_WAITS_COMMIT] = FVD_PATH_COMMIT,
	[FVD_STAGE_FETCH] = FVD_PATH_FETCH,
	[FVD_STAGE_FILL] = FVD_PATH_FILL,
	[FVD_STAGE_ZERO] = FVD_PATH_FILL,
	[FVD_STAGE_STORE] = FVD_PATH_STORE,
	[FVD_STAGE_IMAGE] = FVD_PATH_IMAGE,
	[FVD_STAGE_BASE] = FVD_PATH_BASE,
	[FVD_STAGE_PIECES] = FVD_PATH_BASE,
};

int fvd_watch_get(void)
{
	static_branch_inc(&fvd_watch_key);
	return 0;
}

void fvd_watch_put(void)
{
	static_branch_dec(&fvd_watch_key);
}

void fvd_watch_init(struct fvd_watch *watch)
{
	spin_lock_init(&watch->lock);
	INIT_LIST_HEAD(&watch->ios);
}

enum fvd_watch_op fvd_watch_op(const struct fvd_io *io)
{
	if (!io->nr_sectors)
		return FVD_WATCH_FLUSH;
	switch (bio_op(io->bio)) {
	case REQ_OP_READ:
		return FVD_WATCH_READ;
	case REQ_OP_DISCARD:
		return FVD_WATCH_DISCARD;
	case REQ_OP_WRITE_ZEROES:
		return FVD_WATCH_ZEROES;
	default:
		return FVD_WATCH_WRITE;
	}
}

void fvd_watch_now(struct fvd_io *io)
{
	struct fvd_watch *watch = &io->image->watch;
	struct fvd_watch_io *own = &io->watch;
	unsigned long flags;

	own->stage_begun_ns = ktime_get_ns();
	if (!own->begun_ns)
		own->begun_ns = own->stage_begun_ns;
	own->watched = true;
	spin_lock_irqsave(&watch->lock, flags);
	list_add_tail(&own->list, &watch->ios); /* I-WCH-1 */
	spin_unlock_irqrestore(&watch->lock, flags);
	trace_fvd_bio_mapped(io);
}

void fvd_watch_stage(struct fvd_io *io, enum fvd_stage stage)
{
	struct fvd_watch_io *own = &io->watch;

	if (!own->watched) {
		if (stage == FVD_STAGE_STORE || stage == FVD_STAGE_IMAGE) {
			WRITE_ONCE(own->stage, stage); /* I-WCH-2 */
			return;
		}
		fvd_watch_now(io);
	}
	own->stage_begun_ns = ktime_get_ns();
	WRITE_ONCE(own->stage, stage);
	own->path = max(own->path, path_of_stage[stage]);
	if (stage == FVD_STAGE_WAITS_HELD || stage == FVD_STAGE_WAITS_ROOM ||
	    stage == FVD_STAGE_WAITS_BASE)
		own->waited = true;
	trace_fvd_bio_stage(io);
}

void fvd_watch_end(struct fvd_io *io, int error)
{
	struct fvd_watch *watch = &io->image->watch;
	unsigned long flags;
	u64 latency_ns, us;
	u32 bucket;

	latency_ns = ktime_get_ns() - io->watch.begun_ns;
	us = div_u64(latency_ns, NSEC_PER_USEC);
	bucket = us ? min_t(u32, ilog2(us) + 1, FVD_WATCH_BUCKETS - 1) : 0;
	atomic64_inc(&watch->latency[io->watch.path][bucket]);
	trace_fvd_bio_complete(io, error, latency_ns);
	spin_lock_irqsave(&watch->lock, flags);
	list_del(&io->watch.list);
	spin_unlock_irqrestore(&watch->lock, flags);
}

void fvd_watch_hook(struct fvd_io *io)
{
	if (!io->end_io && (io->watch.watched || io->drain_ref ||
			    static_branch_unlikely(&fvd_observe_key)))
		fvd_io_hook(io, fvd_io_drain_endio);
}
