/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What each bio that is not answered at once is doing, since when, and how long
 * those took that are done. For debugfs, tracepoints and debuggers.
 *
 * Bios that go to the image at once are not watched: where their blocks are in
 * the image already they cost a lookup and nothing else, and first writes of
 * whole blocks are found by the range that they hold. While fvd_watch_key is on
 * (a bio tracepoint is in use, or debugfs asks for it) they are watched, too.
 */
#ifndef FVD_WATCH_H
#define FVD_WATCH_H

#include <linux/atomic.h>
#include <linux/jump_label.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/spinlock.h>

struct fvd_image;
struct fvd_io;

/* What a bio is doing. scripts/gdb and the tracepoints have the same words. */
enum fvd_stage {
	FVD_STAGE_MAPPED,	/* on its way through the driver */
	FVD_STAGE_WAITS_HELD,	/* for an operation that holds its blocks */
	FVD_STAGE_WAITS_ROOM,	/* for a commit: no room for changes, no chunk */
	FVD_STAGE_WAITS_COMMIT,	/* flush or FUA: for the journal */
	FVD_STAGE_FETCH,	/* its window is read from the base */
	FVD_STAGE_FILL,		/* the rest of its blocks is read from the base */
	FVD_STAGE_ZERO,		/* its chunk's new storage is zeroed */
	FVD_STAGE_STORE,	/* first write, at the image */
	FVD_STAGE_IMAGE,	/* at the image, in place */
	FVD_STAGE_BASE,		/* at the base, uncached */
	FVD_STAGE_WAITS_BASE,	/* failed there; to be tried again */
	FVD_STAGE_PIECES,	/* a read of several kinds, each on its way */
	FVD_NR_STAGES,
};

/*
 * What a bio was in the end, for statistics: the last of these that applies.
 * Who waited did it for one of the others.
 */
enum fvd_path {
	FVD_PATH_NONE,		/* zeros, discards, errors: answered at once */
	FVD_PATH_IMAGE,		/* in place */
	FVD_PATH_BASE,		/* read from the base, not kept */
	FVD_PATH_FETCH,		/* copy-on-read */
	FVD_PATH_STORE,		/* first write of whole blocks */
	FVD_PATH_FILL,		/* first write of parts of blocks */
	FVD_PATH_COMMIT,	/* flush or FUA that had to commit */
	FVD_NR_PATHS,
};

/* What becomes of a window, for the tracepoint fvd_fetch. */
enum fvd_fetch_step {
	FVD_FETCH_BEGUN,
	FVD_FETCH_READ,
	FVD_FETCH_STORED,
	FVD_FETCH_READ_FAILED,
	FVD_FETCH_NO_STORAGE,
	FVD_FETCH_STORE_FAILED,
};

/* What a bio asks for. */
enum fvd_watch_op {
	FVD_WATCH_READ,
	FVD_WATCH_WRITE,
	FVD_WATCH_FLUSH,
	FVD_WATCH_DISCARD,
	FVD_WATCH_ZEROES,
	FVD_NR_WATCH_OPS,
};

extern const char *const fvd_watch_op_names[FVD_NR_WATCH_OPS];
extern const char *const fvd_stage_names[FVD_NR_STAGES];
extern const char *const fvd_path_names[FVD_NR_PATHS];

/* Bucket n counts latencies below 2^n microseconds, the last one the rest. */
#define FVD_WATCH_BUCKETS	28U

/**
 * struct fvd_watch_io - of one bio; in its struct fvd_io.
 * @list: in the image's list, in the order of their numbers or nearly so
 * @number: counts the bios of an image that meet fvd_io_init(), from 1
 * @begun_jiffies: when it came
 * @begun_ns: when it came, ktime_get_ns(); 0 as long as nobody needs to know
 * @stage_begun_ns: when its stage began, if it is watched
 * @stage: enum fvd_stage
 * @path: enum fvd_path
 * @watched: it is in the list
 * @waited: it had to wait for another operation
 */
struct fvd_watch_io {
	struct list_head list;
	u64 number;
	unsigned long begun_jiffies;
	u64 begun_ns;
	u64 stage_begun_ns;
	u8 stage;
	u8 path;
	bool watched;
	bool waited;
};

/**
 * struct fvd_watch - of an image.
 * @lock: of the list; innermost, taken with interrupts off
 * @ios: struct fvd_io by watch.list
 * @last_number: given to a bio; not under the lock
 * @latency: how many bios of a path took how long
 */
struct fvd_watch {
	spinlock_t lock;
	struct list_head ios;
	atomic64_t last_number;
	atomic64_t latency[FVD_NR_PATHS][FVD_WATCH_BUCKETS];
};

/* On: bios that go to the image at once are watched, too. */
DECLARE_STATIC_KEY_FALSE(fvd_watch_key);

/** fvd_watch_get() - switch fvd_watch_key on; may sleep. Returns 0. */
int fvd_watch_get(void);

/** fvd_watch_put() - the last of fvd_watch_get() switches it off; may sleep. */
void fvd_watch_put(void);

/** fvd_watch_init() - nothing is watched yet. */
void fvd_watch_init(struct fvd_watch *watch);

/** fvd_watch_op() - what a bio that is watched asks for. */
enum fvd_watch_op fvd_watch_op(const struct fvd_io *io);

/** fvd_watch_now() - @io is in the list from now on, and times are taken. */
void fvd_watch_now(struct fvd_io *io);

/**
 * fvd_watch_stage() - it does something else from now on.
 * @io: begun, and not yet in the hands of who may end it. Any context.
 * @stage: what
 */
void fvd_watch_stage(struct fvd_io *io, enum fvd_stage stage);

/** fvd_watch_end() - it is watched, and about to be answered. Any context. */
void fvd_watch_end(struct fvd_io *io, int error);

/** fvd_watch_hook() - a bio leaves the driver: have its end noticed, if need be. */
void fvd_watch_hook(struct fvd_io *io);

#endif /* FVD_WATCH_H */
