/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An open image: the state that the I/O engine works on, and one guest bio.
 *
 * An image is opened once and lives across table reloads: a reloaded table
 * finds it by its device and takes it over, so that nothing that is known
 * only in memory is lost when a base device is switched.
 *
 * Lock order: profiling.mutex (messages) > checkpoint_mutex > lock > watch.lock.
 * Everything that changes the map,
 * the allocator, the pending changes, the held ranges or the journal's head
 * happens under lock (a spinlock, taken with interrupts off, since it is also
 * taken in bio completions). Lookups in the map take no lock at all.
 */
#ifndef FVD_IMAGE_H
#define FVD_IMAGE_H

#include <linux/atomic.h>
#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/completion.h>
#include <linux/list.h>
#include <linux/mempool.h>
#include <linux/mutex.h>
#include <linux/percpu-refcount.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "fvd-alloc.h"
#include "fvd-base.h"
#include "fvd-drain.h"
#include "fvd-journal.h"
#include "fvd-lock.h"
#include "fvd-map.h"
#include "fvd-observe.h"
#include "fvd-pending.h"
#include "fvd-prefetch.h"
#include "fvd-profiling.h"
#include "fvd-settings.h"
#include "fvd-watch.h"

struct dentry;
struct dm_io_client;

/*
 * Largest piece of the disk that one first write or one fetch works on. More
 * would only hold more blocks for longer.
 */
#define FVD_OPERATION_MAX_SECTORS	2048U
/*
 * Journal blocks of one commit at most, all allocated in advance. 16 hold
 * about 2000 first writes, and a commit of that size is one 64 KiB bio.
 */
#define FVD_COMMIT_MAX_BLOCKS		16U

/* One way only: rw -> ro -> fail. */
enum fvd_mode {
	FVD_MODE_RW,
	FVD_MODE_RO,	/* metadata can not be written; memory is right */
	FVD_MODE_FAIL,	/* memory does not tell what is on the device */
};

/* One flag for all that would have to be asked for each bio; one bit each. */
enum fvd_way {
	FVD_WAY_SPECIAL = 0,	/* none of the others */
	FVD_WAY_SETTLED = 1,	/* writable; freed chunks are not waited for */
	FVD_WAY_UNSETTLED = 2,	/* that, but changes are not in the journal yet */
	FVD_WAY_LINEAR = 4,	/* writable, flat, and all bits are set */
};

/** struct fvd_counters - since the image was opened; never reset. */
struct fvd_counters {
	atomic64_t base_read_sectors;	/* guest reads passed to the base */
	atomic64_t fetches;		/* copy-on-read operations */
	atomic64_t fetched_sectors;	/* read from the base by them */
	atomic64_t stored_sectors;	/* written to the image by them */
	atomic64_t store_errors;
	atomic64_t fetch_waits;		/* reads that waited for a fetch */
	atomic64_t uncached_reads;	/* copy-on-read given up: memory, space */
	atomic64_t first_writes;
	atomic64_t fill_sectors;	/* read from the base for partial blocks */
	atomic64_t base_errors;
	atomic64_t flushes;		/* guest flushes */
	atomic64_t commits;
	atomic64_t commit_blocks;	/* journal blocks written */
	atomic64_t checkpoints;
	atomic64_t checkpoint_pages;
	atomic64_t discarded_chunks;
	atomic64_t no_space;		/* writes failed for want of chunks */
	atomic64_t prefetches;		/* fetches that no guest asked for */
	atomic64_t prefetched_sectors;	/* read from the base by them */
	atomic64_t prefetch_stored_sectors; /* written to the image by them */
	atomic64_t prefetch_errors;	/* of them, with the base unreadable */
	atomic64_t profile_hits;	/* first touches that found it in the image */
	atomic64_t profile_misses;	/* and that did not */
};

/** struct fvd_ring - the journal's ring; protected by the image's lock. */
struct fvd_ring {
	u64 nr_blocks;
	u64 tail_block;		/* oldest block that recovery needs */
	u64 head_block;		/* next one to write */
	u64 head_sequence;
	u64 nr_used;		/* from tail to head */
	u64 nr_reserved;	/* kept free for a checkpoint's commit */
};

/** struct fvd_commit - one commit in flight, any number of waiters. */
struct fvd_commit {
	struct work_struct work;
	struct delayed_work timer;
	struct bio bio;
	struct bio_vec vecs[FVD_COMMIT_MAX_BLOCKS];
	void *blocks[FVD_COMMIT_MAX_BLOCKS];
	struct fvd_journal_writer writers[FVD_COMMIT_MAX_BLOCKS];
	unsigned int nr_blocks;		/* of the commit in flight */
	u64 first_block;		/* and where it goes in the ring */
	struct list_head waiters;	/* of the next commit */
	struct list_head running_waiters;
	bool running;
	bool wanted;			/* run even if nobody waits */
	bool took_all;			/* nothing was left pending */
	bool final_wanted;		/* a checkpoint waits; use the reserve */
	bool final_running;
	int final_error;
	struct completion final_done;
};

/**
 * struct fvd_image - an open image.
 * @list: in the registry's list
 * @nr_targets: tables that use it; under the registry's mutex
 * @owner: the mapped device; under the registry's mutex
 * @name: for messages
 * @image_bdev: image device
 * @data_bdev: data device; the same as @image_bdev if there is none
 * @base_bdev: base device of the table that is bound, or NULL
 * @read_only: nothing may be written
 * @active: resumed and not suspended; set before I/O comes, cleared under
 *	checkpoint_mutex
 * @was_clean: what the superblock said when it was loaded
 * @replayed: a journal was replayed in memory
 * @notify: raises an event for user space
 * @notify_context: for @notify
 * @notify_work: calls @notify
 * @checkpoint_mutex: protects what follows up to @new_checksums
 * @sb: the superblock as it is on the disk, or about to be
 * @sb_copy: which of the copies is the valid one
 * @durable_generation: of that copy; @sb may be ahead after a failed write
 * @was_active: has been resumed before; for resumes only, without the mutex
 * @seed: of the checksums
 * @io_client: for metadata I/O
 * @sb_buffer: one page for superblock writes
 * @page_buffer: FVD_IMAGE_BATCH_PAGES pages
 * @checksums: of the metadata pages as on the disk
 * @new_checksums: of a checkpoint at work
 * @lock: protects what follows up to @way; lookups in @map need no lock
 * @mode: rw, ro or fail; also read without the lock
 * @map: where blocks live
 * @alloc: free chunks of a compact image
 * @pending: changes not yet in the journal
 * @locks: held ranges
 * @ring: the journal's ring
 * @commit: the commit in flight and its waiters
 * @dirty_pages: a bit for each metadata page changed since it was last written
 * @nr_dirty_pages: bits set in @dirty_pages
 * @credit_waiters: struct fvd_io by list: for pending room or free chunks
 * @low_space: few chunks are left; the event was sent
 * @full_space: none is left; the event was sent
 * @complete: nothing is left in the base
 * @complete_durable: the superblock says so: the base is not needed any more
 * @linear: flat and all bits set: map without the bitmap
 * @way: what fvd_target_map() has to look at; follows from others
 * @drain: when freed chunks can be used again
 * @base: what of the base fails, and who waits for it
 * @prefetch: the background copy
 * @watch: bios under way
 * @debugfs: folder of the device, while it is active
 * @profiling: what the guest touches, and did at an earlier boot
 * @observed: a bit for each enum fvd_observe_reason; only @observe_work writes it
 * @observe_work: of the system's queue
 * @settings: of the table that is bound
 * @count: since the image was opened
 * @fetch_bytes: memory held by copy-on-read
 * @nr_background: operations that outlive a bio; under lock
 * @background_wait: for @nr_background to become 0
 * @io_wq: slow paths of bios
 * @commit_wq: commits, second halves of fills
 * @meta_wq: checkpoint, drain
 * @checkpoint_work: of @meta_wq
 * @bios: for bios of our own
 * @fill_pages: pages for what a first write completes its blocks with
 * @fill_mutex: held while several pages are taken from @fill_pages
 */
struct fvd_image {
	/* who it is */
	struct list_head list;
	unsigned int nr_targets;
	void *owner;
	const char *name;
	struct block_device *image_bdev;
	struct block_device *data_bdev;
	struct block_device *base_bdev;
	bool read_only;
	bool active;
	bool was_clean;
	bool replayed;
	void (*notify)(struct fvd_image *image);
	void *notify_context;
	struct work_struct notify_work;

	/* under checkpoint_mutex */
	struct mutex checkpoint_mutex;
	struct fvd_superblock sb;
	unsigned int sb_copy;
	u64 durable_generation;
	bool was_active;
	u32 seed;
	struct dm_io_client *io_client;
	void *sb_buffer;
	void *page_buffer;
	struct fvd_checksum_disk *checksums;
	struct fvd_checksum_disk *new_checksums;

	/* under lock; map lookups need none */
	spinlock_t lock;
	enum fvd_mode mode;
	struct fvd_map map;
	struct fvd_alloc alloc;
	struct fvd_pending pending;
	struct fvd_locks locks;
	struct fvd_ring ring;
	struct fvd_commit commit;
	__le64 *dirty_pages;
	u64 nr_dirty_pages;
	struct list_head credit_waiters;
	bool low_space;
	bool full_space;
	bool complete;
	bool complete_durable;
	bool linear;
	enum fvd_way way;

	struct fvd_drain drain;
	struct fvd_base base;
	struct fvd_prefetch prefetch;
	struct fvd_watch watch;
	struct dentry *debugfs;
	struct fvd_profiling profiling;
	unsigned long observed;
	struct work_struct observe_work;
	struct fvd_settings settings;
	struct fvd_counters count;
	atomic_t fetch_bytes;
	unsigned int nr_background;
	wait_queue_head_t background_wait;

	/*
	 * Three queues, since each rescuer can run one work at a time: works
	 * in io_wq may wait for memory that works in commit_wq give back, and
	 * works in meta_wq wait for commits.
	 */
	struct workqueue_struct *io_wq;
	struct workqueue_struct *commit_wq;
	struct workqueue_struct *meta_wq;
	struct work_struct checkpoint_work;
	struct bio_set bios;
	mempool_t fill_pages;
	struct mutex fill_mutex;
};

/* Pages that a checkpoint or a load moves at a time: 64 KiB a device. */
#define FVD_IMAGE_BATCH_PAGES	16U

/**
 * struct fvd_io - a guest bio on its way; lives in its per-bio data.
 * @image: constant
 * @base: base device at the time of mapping, or NULL
 * @bio: the guest's (a clone of it, made by device mapper)
 * @end_io: the bio's own, while ours is in its place; else NULL
 * @list: in a list of waiters
 * @work: for what can not be done where it came up
 * @lock: held range of a first write
 * @sector: of the bio when it came, on the virtual disk
 * @nr_sectors: of the bio when it came
 * @fua: the guest wants it durable; the data bio goes down without
 * @fill_zero_chunk: the chunk was ZERO; @number becomes its storage
 * @has_filler: there may be pages in @head and @tail
 * @base_failed: @status comes from a read of the base
 * @number: storage of the chunk, compact images
 * @credit_bytes: reserved in pending for [lock.first, lock.last]
 * @remaining: parts in flight
 * @status: first error among them
 * @head: pages with what lies before the guest's data in its first block
 * @tail: pages with what lies behind it in its last block
 * @head_sectors: how much
 * @tail_sectors: how much
 * @drain_ref: counter to give back, or NULL
 * @watch: what it is doing, for the curious
 * @iter: of the bio when it came
 * @bio_flags: of the bio when it came
 * @nr_base_failures: of this bio, so far
 * @base_failed_ns: when the first of them was
 * @base_retry_ns: when it is tried again
 * @began_ns: when it was sent down, where that is of interest; else 0
 */
struct fvd_io {
	struct fvd_image *image;
	struct block_device *base;
	struct bio *bio;
	bio_end_io_t *end_io;
	struct list_head list;
	struct work_struct work;
	struct fvd_lock lock;
	u64 sector;
	u32 nr_sectors;
	u32 number;
	u32 credit_bytes;
	bool fua;
	bool fill_zero_chunk;
	bool has_filler;
	bool base_failed;
	blk_status_t status;
	atomic_t remaining;
	struct list_head head;
	struct list_head tail;
	u32 head_sectors;
	u32 tail_sectors;
	struct percpu_ref *drain_ref;
	struct fvd_watch_io watch;
	struct bvec_iter iter;
	unsigned short bio_flags;
	u32 nr_base_failures;
	u64 base_failed_ns;
	u64 base_retry_ns;
	u64 began_ns;
};

/* What became of a bio. */
enum fvd_verdict {
	FVD_REMAPPED,	/* device and sector are set; the caller submits it */
	FVD_TAKEN,	/* it is waiting, in flight or ended; hands off */
};

/**
 * fvd_io_init_small() - as much of fvd_io_init() as a write of a whole block
 * needs that goes to the image at once: it is not filled, retried or timed.
 * @io: of @bio
 * @image: where it goes
 * @base: base device or NULL
 * @bio: has to meet fvd_io_end() in the end
 */
static inline void fvd_io_init_small(struct fvd_io *io, struct fvd_image *image,
				     struct block_device *base, struct bio *bio)
{
	struct fvd_watch_io *own = &io->watch;

	io->image = image;
	io->base = base;
	io->bio = bio;
	io->end_io = NULL;
	io->drain_ref = NULL;
	io->began_ns = 0;
	io->sector = bio->bi_iter.bi_sector;
	io->nr_sectors = bio_sectors(bio);
	io->fua = false;
	io->fill_zero_chunk = false;
	io->has_filler = false;
	io->base_failed = false;
	own->number = atomic64_inc_return(&image->watch.last_number);
	own->begun_jiffies = jiffies;
	own->stage = FVD_STAGE_MAPPED;
	own->path = FVD_PATH_NONE;
	own->watched = false;
	own->waited = false;
}

/**
 * fvd_io_init() - at the entry of the map function, once the bio is cut.
 * @io: of @bio
 * @image: where it goes
 * @base: base device or NULL
 * @bio: has to meet fvd_io_end() in the end
 *
 * It is watched from now on if somebody asks for that, or if it is to be durable
 * at once: it will wait for a commit, and how long it took is of interest. Else
 * from its first stage on that is not at the image.
 */
static inline void fvd_io_init(struct fvd_io *io, struct fvd_image *image,
			       struct block_device *base, struct bio *bio)
{
	fvd_io_init_small(io, image, base, bio);
	io->status = BLK_STS_OK;
	io->iter = bio->bi_iter;
	io->bio_flags = bio->bi_flags;
	io->nr_base_failures = 0;
	io->watch.begun_ns = 0;
	if (static_branch_unlikely(&fvd_observe_key))
		io->watch.begun_ns = ktime_get_ns();
	if (static_branch_unlikely(&fvd_watch_key) || bio->bi_opf & REQ_FUA)
		fvd_watch_now(io);
}

/** fvd_io_hook() - have @end_io called when the bio is done below. */
static inline void fvd_io_hook(struct fvd_io *io, bio_end_io_t *end_io)
{
	io->end_io = io->bio->bi_end_io;
	io->bio->bi_end_io = end_io;
}

/** fvd_io_end() - complete the guest's bio. Any context. */
void fvd_io_end(struct fvd_io *io, blk_status_t status);

/** fvd_io_drop_drain_ref() - give back the counter's reference, if any. */
static inline void fvd_io_drop_drain_ref(struct fvd_io *io)
{
	if (io->drain_ref) {
		fvd_drain_put(io->drain_ref);
		io->drain_ref = NULL;
	}
}

/** fvd_io_drain_endio() - end_io of a bio that only holds a reference. */
void fvd_io_drain_endio(struct bio *bio);

/** fvd_io_of() - the fvd_io of a hooked bio; set up by the glue. */
struct fvd_io *fvd_io_of(struct bio *bio);

/**
 * fvd_image_dispatch() - let bios that waited try again, in a worker.
 * @waiters: struct fvd_io by @list; empty afterwards. Any context.
 */
void fvd_image_dispatch(struct list_head *waiters);

/** fvd_io_retry() - map a bio again, in a worker; see fvd-bio.c. */
void fvd_io_retry(struct work_struct *work);

/** fvd_image_writable() - may the map change? */
static inline bool fvd_image_writable(const struct fvd_image *image)
{
	return READ_ONCE(image->mode) == FVD_MODE_RW && !image->read_only;
}

/**
 * fvd_image_background_begin() - an operation starts that no bio keeps alive.
 * Lock held.
 * @image: not closed before fvd_image_background_end()
 */
static inline void fvd_image_background_begin(struct fvd_image *image)
{
	image->nr_background++;
}

/**
 * fvd_image_background_end() - and ends; the image may be gone afterwards.
 * @image: of fvd_image_background_begin()
 *
 * Under the lock, and so is the check of who waits: the image is not freed
 * before this has let go of it. Any context, lock not held.
 */
static inline void fvd_image_background_end(struct fvd_image *image)
{
	unsigned long flags;

	spin_lock_irqsave(&image->lock, flags);
	if (!--image->nr_background)
		wake_up_all(&image->background_wait);
	spin_unlock_irqrestore(&image->lock, flags);
}

/** fvd_image_jitter_seed() - for a struct fvd_jitter: chance, or as tests want. */
u64 fvd_image_jitter_seed(void);

/** fvd_image_event() - tell user space that something changed. Any context. */
static inline void fvd_image_event(struct fvd_image *image)
{
	queue_work(system_wq, &image->notify_work);
}

/**
 * fvd_image_failed() - the funnel for everything that went wrong with metadata.
 * @image: stays readable
 * @what: what was attempted
 * @error: negative errno
 *
 * Logs, goes from rw to ro (never back), raises an event. Any context.
 */
void fvd_image_failed(struct fvd_image *image, const char *what, int error);

/**
 * fvd_image_distrust() - what is in memory does not tell what is on the device.
 * @image: is neither read nor written from now on
 * @why: what was found and expected
 *
 * Logs, goes to the mode "fail" (never back), raises an event. May sleep; only
 * while no I/O is in flight.
 */
void fvd_image_distrust(struct fvd_image *image, const char *why);

/** fvd_image_note_way() - what @way depends on may have changed. Lock held. */
static inline void fvd_image_note_way(struct fvd_image *image)
{
	enum fvd_way way = FVD_WAY_SETTLED;

	if (image->linear)
		way = FVD_WAY_LINEAR;
	else if (!fvd_pending_is_empty(&image->pending) ||
		 image->commit.running)
		way = FVD_WAY_UNSETTLED;
	if (!fvd_image_writable(image) || image->drain.armed)
		way = FVD_WAY_SPECIAL;
	WRITE_ONCE(image->way, way);
}

/**
 * fvd_image_note_change() - a change was recorded in pending.
 * @image: whose lock is held
 *
 * Call before bits are set for it, and then by what has smp_wmb(): that pairs
 * with smp_rmb() in fvd_image_is_settled().
 */
static inline void fvd_image_note_change(struct fvd_image *image)
{
	if (image->way == FVD_WAY_SETTLED)
		WRITE_ONCE(image->way, FVD_WAY_UNSETTLED);
}

/** fvd_image_is_plain() - are its bitmap and table all that reads depend on? */
static inline bool fvd_image_is_plain(const struct fvd_image *image)
{
	return READ_ONCE(image->way) & (FVD_WAY_SETTLED | FVD_WAY_UNSETTLED);
}

/**
 * fvd_image_is_settled() - may blocks whose bits were just seen set be written
 * in place, without another question?
 * @image: it is plain
 *
 * Call after the lookup. A "yes" says that the journal knew all changes durably,
 * these bits among them, and that the image was writable afterwards.
 */
static inline bool fvd_image_is_settled(const struct fvd_image *image)
{
	smp_rmb(); /* pairs with smp_wmb() in fvd_map_set_blocks() and the like */
	return READ_ONCE(image->way) == FVD_WAY_SETTLED;
}

/** fvd_image_mark_page_clean() - a dirty page was copied. Lock held. */
void fvd_image_mark_page_clean(struct fvd_image *image, u64 index);

/** fvd_image_mark_blocks_dirty() - pages of these blocks changed. Lock held. */
void fvd_image_mark_blocks_dirty(struct fvd_image *image, u64 first, u64 last);

/** fvd_image_mark_chunk_dirty() - the page of that entry changed. Lock held. */
void fvd_image_mark_chunk_dirty(struct fvd_image *image, u64 chunk);

/**
 * fvd_image_blocks_stored() - the content of [@first, @last] is in the image.
 * @image: whose lock is held
 * @first: first block
 * @last: last block
 * @credit_bytes: as reserved
 * @soft: nobody relies on it yet: copy-on-read, prefetch
 *
 * Sets the bits, records the change, notices completion. Lock held; the range
 * is reserved in pending with @credit_bytes.
 */
void fvd_image_blocks_stored(struct fvd_image *image, u64 first, u64 last,
			     u32 credit_bytes, bool soft);

/**
 * fvd_image_block_stored() - the same for a single block, of the guest's.
 * @image: whose lock is held
 * @block: the first and last one
 * @credit_bytes: as reserved
 */
void fvd_image_block_stored(struct fvd_image *image, u64 block,
			    u32 credit_bytes);

/**
 * fvd_image_note_complete() - if nothing is left in the base, have a
 * checkpoint write that down, which tells user space. Lock held.
 * @image: whose lock is held
 */
void fvd_image_note_complete(struct fvd_image *image);

/**
 * fvd_image_get_chunk() - storage for a chunk. Lock held.
 * @image: compact, its lock is held
 * @number: receives the storage
 *
 * Returns: 0; -ENOSPC; -EAGAIN if freed chunks will come back: wait in
 * credit_waiters.
 */
int __must_check fvd_image_get_chunk(struct fvd_image *image, u32 *number);

/** fvd_image_low_space_limit() - free chunks below which space is low. */
static inline u64 fvd_image_low_space_limit(const struct fvd_image *image)
{
	/* On a small device the setting would always be reached. */
	return min_t(u64, READ_ONCE(image->settings.low_space_chunks),
		     image->alloc.capacity / 8);
}

/** fvd_image_chunk_stored() - an EMPTY chunk got storage. Lock held. */
void fvd_image_chunk_stored(struct fvd_image *image, u64 chunk, u32 number,
			    bool soft);

/** fvd_image_change_begun() - after a guest change: arm the commit timer. */
void fvd_image_change_begun(struct fvd_image *image);

/**
 * fvd_image_operation_ended() - wake who waits for what an operation held.
 * @image: whose lock is held
 * @failed: it changed nothing; then its reservation is free at once
 * @retries: receives those who can try again
 *
 * Lock held.
 */
void fvd_image_operation_ended(struct fvd_image *image, bool failed,
			       struct list_head *retries);

/**
 * fvd_image_wait_for_commit() - @io tries again after the next commit. Lock
 * held.
 * @io: not in any list
 */
void fvd_image_wait_for_commit(struct fvd_io *io);

/* Messages of the engine; the same prefix as the glue's. */
#define fvd_image_err(image, format, ...)				\
	pr_err_ratelimited("device-mapper: fvd: %s: " format "\n",	\
			   (image)->name, ##__VA_ARGS__)
#define fvd_image_warn(image, format, ...)				\
	pr_warn_ratelimited("device-mapper: fvd: %s: " format "\n",	\
			    (image)->name, ##__VA_ARGS__)
#define fvd_image_info(image, format, ...)				\
	pr_info("device-mapper: fvd: %s: " format "\n", (image)->name,	\
		##__VA_ARGS__)

/** fvd_image_open() - allocate and load; see fvd-image.c. May sleep. */
struct fvd_image *fvd_image_open(struct block_device *image_bdev,
				 struct block_device *data_bdev, bool read_only,
				 const char *name, struct fvd_error *error);

/** fvd_image_close() - free; nothing may be in flight. May sleep. */
void fvd_image_close(struct fvd_image *image);

/** fvd_image_activate() - before the first I/O: mark unclean. May sleep. */
int __must_check fvd_image_activate(struct fvd_image *image);

/** fvd_image_deactivate() - after the last I/O: make all durable, mark clean. */
void fvd_image_deactivate(struct fvd_image *image);

/**
 * fvd_image_note_linear() - map without bitmap from now on, if that is right:
 * a complete flat image with every block there. May sleep; sb is stable.
 * @image: loaded
 */
void fvd_image_note_linear(struct fvd_image *image);

/**
 * fvd_image_grow() - use the space of an enlarged image device. May sleep.
 * @image: loaded
 *
 * Returns: 0; -EINVAL for a flat image, and one that was left meanwhile; -ENOMEM;
 * -EIO if the superblock could not be written: the image is read-only then.
 */
int __must_check fvd_image_grow(struct fvd_image *image);

#endif /* FVD_IMAGE_H */
